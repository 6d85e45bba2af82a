"""Define the rules for findings (problems) of connections, in one table.

The documentation of the rules is generated from the same table. The limits and the minimum evidence come
from `core/metrics`. The codes of the rules must not change, because scripts and settings refer to the
codes.
"""

from typing import Final

from cnm_tui.core.findings.rule import (
    Level,
    Question,
    Rule,
    Severity,
    Way,
    least_text,
    levels_of,
    share_text,
    when_text,
)
from cnm_tui.core.metrics.connection_limits import LEAST_PACKETS, LEAST_PACKETS_OF_TIME, THRESHOLDS
from cnm_tui.core.metrics.connections import BY_KEY

RELATIVE_SLOWNESS: Final = 2
"""Factor on the median of the other rows between the same zones."""
LEAST_EXCESS: Final = 5_000
"""Microseconds above that median."""
LEAST_PEERS: Final = 3
"""Minimum number of other rows between the same zones for a useful median."""
STALL_SECONDS: Final = 0.2
"""The shortest retransmission timeout, and the first pause between two zero-window probes, on Linux."""
RESET_SHARE: Final = THRESHOLDS["tcp_resets"].bad
ATTEMPTS_AND_RETRIES: Final = 131.0
"""Seconds that Linux tries to connect by default. Source: kernel documentation, ip-sysctl, `tcp_syn_retries`."""
MOST_RESENT: Final = 16
"""Packets sent again for one time-out: Linux repeats a SYN 6 times, other packets 15 times. Source: ip-sysctl."""
ZONES: Final = ("client_availability-zone", "server_availability-zone")

_HOSTS: Final = ("client_host", "server_host")
_WARNING, _CRITICAL, _NOTE = Severity.WARNING, Severity.CRITICAL, Severity.NOTE


def _levels(key: str, odd: Severity, bad: Severity) -> tuple[Level, ...]:
    return levels_of(BY_KEY[key], odd, bad)


def _by(text: str, *fields: str) -> Question:
    """Return a question that is shown with a finding. To answer it, the user groups the rows by these fields."""
    return Question(text, Way.FIELDS, fields)


def _when(levels: tuple[Level, ...], more: str = "") -> str:
    return when_text(BY_KEY[levels[0].metric], levels, more)


def _least(key: str) -> str:
    return least_text(BY_KEY[key])


_REFUSED: Final = _levels("tcp_refusals", _WARNING, _CRITICAL)
_FILTERED: Final = _levels("tcp_timeouts", _WARNING, _CRITICAL)
_STALLED: Final = _levels("tcp_probe0_count", _WARNING, _CRITICAL)
_MARKED: Final = _levels("tcp_delivered_ce", _NOTE, _WARNING)
_STALLS: Final = _levels("tcp_rto_count", _WARNING, _CRITICAL)
_LOST: Final = _levels("tcp_retransmits", _WARNING, _CRITICAL)
_REORDERED: Final = (*_levels("tcp_reord_seen", _NOTE, _WARNING), *_levels("tcp_rcv_ooo_pack", _NOTE, _NOTE)[1:])
_RESET: Final = (Level("tcp_resets", RESET_SHARE, _WARNING),)
_SLOW: Final = THRESHOLDS["rtt_micro_seconds"]

RULES: Final = (
    Rule(
        "filtered",
        "connecting times out",
        "Packets of new connections vanish without an answer: a firewall, a security group, a wrong route or a dead "
        "host.",
        ("tcp_timeouts", "tcp_rto_count", "tcp_retransmits", "packets_sent_by_server"),
        _when(_FILTERED),
        _least("tcp_timeouts"),
        "RFC 9293 3.8.3; kernel documentation, ip-sysctl (`tcp_syn_retries`, `tcp_retries2`)",
        (
            _by("Is it one port, or one security group?", "network.server.port", "server_security-group-name"),
            Question("Does the other direction work?", Way.OTHER_WAY),
            Question("Since when?", Way.TIMELINE),
        ),
        "Time-outs are counted 2 to 15 minutes after the fault: it may be over, or worse by now. Clients that give up "
        "sooner by themselves, as Go or Node do, are not counted at all. Established connections that died count too.",
        _FILTERED,
        ("loss_stalls", "loss"),
    ),
    Rule(
        "refused",
        "connections are refused",
        "The server answers that nothing listens on this port, or a firewall rejects: it is down, restarting, or the "
        "port is wrong.",
        ("tcp_refusals", "tcp_established_connections"),
        _when(_REFUSED),
        _least("tcp_refusals"),
        "RFC 9293 3.10.7.1 (a closed port answers with a reset); RFC 8305 (IPv6 first)",
        (
            Question("Since when? A deploy, a restart?", Way.TIMELINE),
            _by("Is it one version or pod of the server?", "server_image_tag", "server_pod_name"),
        ),
        "Clients that probe ports, or retry at once, make many refusals of one fault. A client that tries IPv6 first "
        "may be refused there, and then connect by IPv4.",
        _REFUSED,
    ),
    Rule(
        "receiver_stalled",
        "the receiver does not read",
        "The receiving application does not read, so its buffer stays full and the sender must wait. The network is "
        "not the cause.",
        ("tcp_probe0_count", "tcp_established_connections"),
        _when(_STALLED, "; a warning at most if no connection was opened within the window"),
        _least("tcp_probe0_count"),
        "RFC 9293 3.8.6.1; kernel `tcp_send_probe0`: n probes in a row are about 0.2·(2ⁿ-1) s",
        (
            _by("Which pods do not read? Are they busy or paused?", "client_pod_name", "server_pod_name"),
            Question("Since when?", Way.TIMELINE),
        ),
        "The endpoint does not say which end is the receiver; mostly it is the one that is sent more. A consumer that "
        "pauses on purpose looks the same, and a sender whose own queue is full may probe, too.",
        _STALLED,
    ),
    Rule(
        "congestion",
        "the path is congested",
        "A queue on the way is full: it marks packets (ECN) instead of dropping them, or before it does.",
        ("tcp_delivered_ce", "tcp_retransmits", "rtt_micro_seconds"),
        _when(_MARKED),
        _least("tcp_delivered_ce"),
        "RFC 3168 6.1.3; RFC 8257 (DCTCP); kernel `tcp_count_delivered`",
        (
            _by("Which host do the marked rows have in common?", *_HOSTS),
            Question("Is it more than before?", Way.COMPARE),
        ),
        "With DCTCP some marks are normal. With the usual ECN, one mark counts every packet until the sender slows "
        "down, so the share is too high. Zero marks say nothing: ECN may be off, and the count needs Linux 4.19.",
        _MARKED,
        ("loss_stalls", "loss", "slow_path"),
    ),
    Rule(
        "loss_stalls",
        "packets are lost, and connections stall",
        "Packets are lost, and most losses are noticed only by a time-out: the end of a message is lost, or much at "
        "once. Each time-out is a pause of 0.2 s or more for one connection.",
        ("tcp_rto_count", "tcp_recovery_count", "tcp_retransmits"),
        _when(_STALLS, "; not fewer time-outs than fast recoveries"),
        _least("tcp_rto_count"),
        "RFC 6298; RFC 8985 (tail loss); kernel `tcp_enter_loss`",
        (
            Question("Which tag explains it?", Way.EXPLAIN),
            _by("Between which zones is it?", *ZONES),
            Question("Does the other direction lose packets, too?", Way.OTHER_WAY),
        ),
        "Short exchanges have no packets behind a lost one that could speed up its repair. Connecting to a host that "
        "is gone counts, too.",
        _STALLS,
        ("loss", "reordering"),
    ),
    Rule(
        "loss",
        "packets are lost",
        "Packets get lost on the way and are sent again, most of them within a round trip. Transfers become slow.",
        ("tcp_retransmits", "tcp_recovery_count", "tcp_rto_count", "tcp_rcv_ooo_pack", "retransmit_share"),
        _when(_LOST),
        _least("tcp_retransmits"),
        "RFC 5681; RFC 6675; Mathis et al. 1997; kernel `tcp_retransmit_skb`",
        (
            Question("Which tag explains it?", Way.EXPLAIN),
            Question("Is it more than before?", Way.COMPARE),
            _by("Between which zones is it?", *ZONES),
        ),
        "Reordering and short delays make TCP send again what was not lost. Measured on one side: what the other side "
        "sends again is not in it.",
        _LOST,
        ("reordering",),
    ),
    Rule(
        "reset",
        "connections are reset",
        "Established connections are cut by a reset: an application crashed or closed early, or something between "
        "them cut idle ones.",
        ("tcp_resets", "tcp_established_connections"),
        _when(_RESET),
        _least("tcp_resets"),
        "RFC 9293 3.5.2; RFC 5961",
        (
            Question("Is it more than before?", Way.COMPARE),
            _by("Is it one load balancer or version?", "server_loadbalancer", "server_image_tag"),
        ),
        "Load balancers reset idle connections, and health checks end with a reset: much of it can be normal, so it is "
        "never critical.",
        _RESET,
    ),
    Rule(
        "slow_path",
        "the path is slow",
        "Packets and their answers take long on the way: a detour, a full queue, a busy host, or mere distance.",
        ("rtt_micro_seconds", "packets_sent_by_client"),
        f"`rtt_micro_seconds` at least {RELATIVE_SLOWNESS} times, and {LEAST_EXCESS // 1_000} ms over, the median of "
        f"the other rows between the same zones: warning, from {_SLOW.bad / 1_000:g} ms on critical; where zones are "
        f"not known: note from {_SLOW.odd / 1_000:g} ms, warning from {_SLOW.bad / 1_000:g} ms",
        f"{LEAST_PACKETS_OF_TIME} packets, and {LEAST_PEERS} other rows between these zones",
        "RFC 6298 (the smoothed round-trip time); RFC 5681 4.2 (delayed acknowledgements); Nielsen 1993; ITU-T G.114",
        (
            Question("Was it as slow before?", Way.COMPARE),
            _by("Which zones and gateway do the slow rows share?", *ZONES, "gateway_id"),
        ),
        "It is a mean: only some connections may be slow. A peer that answers late adds up to 40 ms (delayed "
        "acknowledgements). Distance is no fault; only rows between the same zones tell it apart.",
    ),
    Rule(
        "reordering",
        "packets arrive out of order",
        "Packets overtake each other, as over parallel paths of different length. Few are lost.",
        ("tcp_reord_seen", "tcp_rcv_ooo_pack", "tcp_retransmits", "tcp_rto_count"),
        _when(
            _REORDERED[:2],
            f"; or `tcp_rcv_ooo_pack` of packets sent by the server: note from "
            f"{share_text(_REORDERED[2].limit)}; retransmits under {share_text(_LOST[1].limit)}, time-outs under "
            f"{share_text(_STALLS[1].limit)} of the packets",
        ),
        _least("tcp_reord_seen"),
        "RFC 4737; RFC 5681; kernel documentation, snmp_counter",
        (
            _by("Between which regions, over which gateway?", "client_region", "server_region", "gateway_id"),
            Question("Is it more than before?", Way.COMPARE),
        ),
        "What only the receiver saw may be loss before it. The sender's count needs Linux 4.19, the receiver's 5.4.",
        _REORDERED,
    ),
    Rule(
        "unmeasured",
        "TCP is not measured",
        "There are no TCP figures: it is UDP, or the Agent does not collect them. Nobody knows how well it is.",
        ("rtt_micro_seconds", "tcp_established_connections"),
        "neither a round-trip time nor any TCP trouble, or retransmits are absent",
        "none",
        "Datadog's documentation of CNM",
        (_by("Is it UDP?", "network.transport"),),
        "A row of both TCP and UDP counts as TCP.",
    ),
    Rule(
        "too_little",
        "too little was seen",
        "Too few packets or attempts were seen to judge by.",
        ("packets_sent_by_client", "tcp_established_connections"),
        "under the minimum evidence of what looks odd, or of everything",
        f"{LEAST_PACKETS:,} packets for `healthy`",
        "Wilson 1927; Brown, Cai and DasGupta 2001",
        (Question("Is there more in a longer window?", Way.LONGER),),
        "A row that is seldom used can be ill all the same.",
    ),
    Rule(
        "healthy",
        "nothing is wrong",
        "Nothing that this endpoint measures is beyond its limit.",
        (),
        "none of the above",
        f"{LEAST_PACKETS:,} packets",
        "the limits above",
        (Question("The network looks fine. Does the client get its names from DNS?", Way.BESIDE),),
        "Zeros can mean that the Agent does not collect a figure: refusals, resets and time-outs need 7.59.",
    ),
)
"""The rules; those that explain others come first."""
