package countersign.commands_test

import data.countersign.commands

rules(list) := {denial.rule | some denial in found} if found := commands.denials({"sql"}) with input.commands as list

test_a_command_of_its_kind if rules([{"kind": "sql"}]) == set()

test_unparsed if rules([{"kind": "sql"}, {"kind": "unparsed"}]) == {"commands/unparsed"}

test_another_kind if rules([{"kind": "mcp"}]) == {"commands/kind"}

test_a_command_without_kind if rules([{}]) == {"commands/kind"}

test_no_command if rules([]) == {"commands/none"}

test_no_facts_at_all if {
	denials := commands.denials({"sql"}) with input as {}
	{denial.rule | some denial in denials} == {"commands/none"}
}
