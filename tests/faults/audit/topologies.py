"""The three ways to run Hubbub that are audited, and what goes wrong in each."""

from dataclasses import dataclass

from tests.faults.audit import faults
from tests.faults.audit.faults import Fault
from tests.faults.audit.stage import Stage, ThreeServers, ThreeWorkers

# What goes wrong wherever there is a server, a database and people.
EVERYWHERE: tuple[Fault, ...] = (
    faults.server_killed,
    faults.server_paused,
    faults.server_deployed,
    faults.postgres_killed,
    faults.postgres_away,
    faults.postgres_away_for_a_minute,
    faults.connections_cut,
    faults.database_cut_off,
    faults.database_black_holed,
    faults.link_dropped,
    faults.link_torn,
    faults.link_cut,
    faults.link_black_holed,
    faults.link_slow,
    faults.gateway_broken,
)


@dataclass(frozen=True)
class Topology:
    """One way to run Hubbub."""

    stage: type[Stage]
    # What may go wrong in a soak.
    faults: tuple[Fault, ...]
    # The quick form: what this topology is here for, each once. What takes long, or meets the same code in
    # all of them, is in one of them.
    quick: tuple[Fault, ...]


ONE_PROCESS = Topology(
    Stage,
    (*EVERYWHERE, faults.bell_lost),
    (
        faults.server_killed,
        faults.postgres_killed,
        faults.postgres_away,
        faults.connections_cut,
        faults.bell_lost,
        faults.link_dropped,
        faults.link_torn,
        faults.link_cut,
        faults.link_black_holed,
        faults.link_slow,
        faults.gateway_broken,
    ),
)
THREE_WORKERS = Topology(
    ThreeWorkers,
    (*EVERYWHERE, faults.bell_lost, faults.worker_killed, faults.worker_killed_amid_outage, faults.worker_paused),
    (
        faults.worker_killed,
        faults.worker_paused,
        faults.server_killed,
        faults.server_deployed,
        faults.postgres_killed,
        faults.bell_lost,
        faults.database_cut_off,
    ),
)
THREE_SERVERS = Topology(
    ThreeServers,
    (
        *EVERYWHERE,
        faults.bus_cut_off,
        faults.bus_black_holed,
        faults.node_killed,
        faults.cluster_killed,
        faults.balancer_killed,
        faults.rolling_restart,
    ),
    (
        faults.server_killed,
        faults.server_paused,
        faults.bus_cut_off,
        faults.bus_black_holed,
        faults.node_killed,
        faults.cluster_killed,
        faults.balancer_killed,
        faults.database_black_holed,  # everybody has just been spread over all servers, so it meets somebody
        faults.database_cut_off,
        faults.postgres_killed,
        faults.rolling_restart,
    ),
)
TOPOLOGIES = (ONE_PROCESS, THREE_WORKERS, THREE_SERVERS)
