# METADATA
# title: Kubernetes
# description: |
#   Decides which requests to a Kubernetes API server go too far for whoever asks: connections into containers of
#   privileged namespaces, reading secrets, gaining rights, pods that reach the node, deleting all there is.
package countersign.kubernetes

# Denials by rule, for the configuration
#
#     {"privileged": {"kube-system", "vault"}, "namespaces": {"web", "batch"}, "secrets": false, "host_paths": {"/data"}}
#
# `privileged`: namespaces into which nobody connects, beside those of the system; `namespaces`: the only ones that may be
# named, any when left out; `secrets`: whether they may be read; `host_paths`: folders of the node that pods may mount.
denials(config) := {{"rule": rule, "reason": reason} |
	some rule, reason in reasons
	objects(rule, config)
}

reasons := {
	"kubernetes/unparsed": "expected a request that the API server and we read the same way",
	"kubernetes/connect": "nobody connects to containers or nodes of a privileged namespace",
	"kubernetes/secrets": "secrets are not read through this route",
	"kubernetes/escalation": "this would give rights that the caller does not have",
	"kubernetes/pod": "this pod would reach the node that it runs on",
	"kubernetes/collection": "expected one object: this deletes all of them",
	"kubernetes/namespace": "this namespace is not for this route",
}

objects("kubernetes/unparsed", _) if {
	some command in input.commands
	command.kind == "unparsed"
}

objects("kubernetes/unparsed", _) if {
	some command in requests
	not is_string(command.verb)
}

objects("kubernetes/connect", config) if {
	some command in requests
	connects(command)
	guarded(command, config)
}

objects("kubernetes/secrets", config) if {
	object.get(config, "secrets", false) == false
	some command in requests
	reads_secrets(command)
}

objects("kubernetes/escalation", _) if {
	some command in requests
	escalates(command)
}

objects("kubernetes/pod", config) if {
	some command in requests
	reaches_node(object.get(command, "pod", {}), config)
}

objects("kubernetes/collection", _) if {
	some command in requests
	command.verb == "deletecollection"
}

objects("kubernetes/collection", _) if {
	some command in requests
	command.verb == "delete"
	command.resource == "namespaces"
}

objects("kubernetes/namespace", config) if {
	allowed := config.namespaces
	some command in requests
	command.resource_request
	not object.get(command, "namespace", "") in allowed
}

requests := [command | some command in input.commands; command.kind == "kubernetes"]

system_namespaces := {"kube-system", "kube-public", "kube-node-lease"}

# Without a namespace it is a node, or all namespaces at once.
guarded(command, config) if {
	command.namespace in (({""} | system_namespaces) | object.get(config, "privileged", set()))
}

connections := {"exec", "attach", "portforward", "proxy", "ephemeralcontainers"}

connects(command) if command.subresource in connections

connects(command) if command.verb == "proxy"

# A watch and a list carry the whole objects. A proxy to the API server itself would too: see connects.
reads_secrets(command) if {
	command.resource == "secrets"
	command.verb in {"get", "list", "watch"}
}

writing := {"create", "update", "patch", "delete", "deletecollection"}

rights := {
	"roles", "clusterroles", "rolebindings", "clusterrolebindings", "mutatingwebhookconfigurations",
	"validatingwebhookconfigurations", "validatingadmissionpolicies", "apiservices",
}

escalates(command) if {
	command.resource in rights
	command.verb in writing
}

escalates(command) if command.impersonate

escalates(command) if {
	command.resource == "serviceaccounts"
	command.subresource == "token"
}

escalates(command) if {
	command.resource == "certificatesigningrequests"
	command.subresource in {"approval", "status"}
}

dangerous := {
	"privileged", "privilege_escalation", "host_network", "host_pid", "host_ipc", "host_process", "unmasked_proc",
}

reaches_node(pod, _) if {
	some fact in dangerous
	pod[fact] == true
}

# Any capability but the one to listen on a port below 1024.
reaches_node(pod, _) if {
	some capability in pod.capabilities
	capability != "NET_BIND_SERVICE"
}

reaches_node(pod, config) if {
	some path in pod.host_paths
	not path in object.get(config, "host_paths", set())
}

reaches_node(pod, _) if count(pod.host_ports) > 0
