package countersign.kubernetes_test

import data.countersign.kubernetes

plain := {
	"kind": "kubernetes", "resource_request": true, "verb": "get", "group": "", "version": "v1", "resource": "pods",
	"subresource": "", "namespace": "web", "name": "p", "rest": [], "dry_run": false,
}

rules(config, change) := found if {
	denials := kubernetes.denials(config) with input.commands as [object.union(plain, change)]
	every denial in denials {
		denial.reason != ""
	}
	found := {denial.rule | some denial in denials}
}

test_a_read if rules({}, {}) == set()

test_a_deployment if {
	pod := {"pod": true, "privileged": false, "capabilities": ["NET_BIND_SERVICE"], "host_paths": [], "host_ports": []}
	rules({}, {"verb": "create", "resource": "deployments", "group": "apps", "pod": pod}) == set()
}

test_connect if {
	every subresource in ["exec", "attach", "portforward", "proxy", "ephemeralcontainers"] {
		rules({}, {"verb": "create", "subresource": subresource, "namespace": "kube-system"}) == {"kubernetes/connect"}
		rules({"privileged": {"vault"}}, {"subresource": subresource, "namespace": "vault"}) == {"kubernetes/connect"}
		rules({}, {"verb": "create", "subresource": subresource}) == set()
	}
	rules({}, {"resource": "nodes", "namespace": "", "subresource": "proxy"}) == {"kubernetes/connect"}
	rules({}, {"verb": "proxy", "namespace": "kube-system"}) == {"kubernetes/connect"}
}

test_secrets if {
	every verb in ["get", "list", "watch"] {
		rules({}, {"resource": "secrets", "verb": verb}) == {"kubernetes/secrets"}
		rules({"secrets": true}, {"resource": "secrets", "verb": verb}) == set()
	}
}

test_escalation if {
	every resource in ["roles", "clusterroles", "rolebindings", "clusterrolebindings", "mutatingwebhookconfigurations"] {
		rules({}, {"resource": resource, "verb": "patch"}) == {"kubernetes/escalation"}
		rules({}, {"resource": resource, "verb": "list"}) == set()
	}
	rules({}, {"impersonate": {"user": "root", "groups": []}}) == {"kubernetes/escalation"}
	token := {"resource": "serviceaccounts", "subresource": "token", "verb": "create"}
	rules({}, token) == {"kubernetes/escalation"}
	approval := {"resource": "certificatesigningrequests", "subresource": "approval", "verb": "update"}
	rules({}, approval) == {"kubernetes/escalation"}
}

pods(pod) := rules({"host_paths": {"/data"}}, {"verb": "create", "pod": pod})

test_pods_that_reach_the_node if {
	every fact in ["privileged", "host_network", "host_pid", "host_ipc", "privilege_escalation", "unmasked_proc"] {
		pods({fact: true}) == {"kubernetes/pod"}
		pods({fact: false}) == set()
	}
	pods({"capabilities": ["SYS_ADMIN"]}) == {"kubernetes/pod"}
	pods({"host_paths": ["/data", "/etc"]}) == {"kubernetes/pod"}
	pods({"host_paths": ["/data"]}) == set()
	pods({"host_ports": ["80"]}) == {"kubernetes/pod"}
}

test_collections if {
	rules({}, {"verb": "deletecollection", "name": ""}) == {"kubernetes/collection"}
	rules({}, {"verb": "delete", "resource": "namespaces"}) == {"kubernetes/collection"}
	rules({}, {"verb": "delete"}) == set()
}

test_namespaces if {
	rules({"namespaces": {"web"}}, {}) == set()
	rules({"namespaces": {"web"}}, {"namespace": "batch"}) == {"kubernetes/namespace"}
	rules({"namespaces": {"web"}}, {"namespace": "", "verb": "list"}) == {"kubernetes/namespace"}
	rules({"namespaces": {"web"}}, {"namespace": "", "resource_request": false}) == set()
}

test_unparsed if {
	denials := kubernetes.denials({}) with input.commands as [{"kind": "unparsed", "reason": "x"}, {"kind": "kubernetes"}]
	{denial.rule | some denial in denials} == {"kubernetes/unparsed"}
}
