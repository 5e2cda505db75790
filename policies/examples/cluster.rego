# METADATA
# title: Example, a Kubernetes API server
# description: |
#   Decides what may be done to a cluster: nothing of the system, no secrets, no rights, no pods that reach their node.
package countersign.examples.cluster

import data.countersign.commands
import data.countersign.hours
import data.countersign.kubernetes
import data.countersign.verdict

allow := verdict.of(denials, {"allowed": true, "rule": "cluster/workloads", "reason": "a workload of the team's own"})

denials := union({
	commands.denials({"kubernetes"}),
	kubernetes.denials({"privileged": {"vault"}, "namespaces": {"web", "batch"}}),
	changes,
})

# Changes are made while somebody is there to see them.
changes := {denial |
	some command in input.commands
	not object.get(command, "verb", "") in {"get", "list", "watch"}
	some denial in hours.denials([{"zone": "Europe/Berlin", "days": days, "from": "08:00", "to": "18:00"}])
}

days := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}
