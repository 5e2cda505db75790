package countersign.hours_test

import data.countersign.hours

office := [{
	"zone": "Europe/Berlin",
	"days": {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"},
	"from": "08:00",
	"to": "18:00",
}]

night := [{"zone": "America/New_York", "days": {"Friday"}, "from": "22:00", "to": "06:00"}]

is_open(windows, instant) if {
	denials := hours.denials(windows) with time.now_ns as time.parse_rfc3339_ns(instant)
	denials == set()
}

test_within_in_winter_and_in_summer if {
	is_open(office, "2026-01-15T07:00:00Z")
	not is_open(office, "2026-01-15T06:59:59Z")
	is_open(office, "2026-07-15T06:00:00Z")
	not is_open(office, "2026-07-15T16:00:00Z")
}

test_other_days if not is_open(office, "2026-01-17T10:00:00Z")

test_over_midnight if {
	is_open(night, "2026-01-17T03:30:00Z") # Friday 22:30 in New York
	is_open(night, "2026-01-17T10:59:00Z") # Saturday 05:59
	not is_open(night, "2026-01-17T11:00:00Z")
	not is_open(night, "2026-01-16T10:00:00Z") # Friday 05:00 belongs to Thursday
}

test_the_whole_day if {
	whole := [{"zone": "UTC", "days": {"Thursday"}, "from": "00:00", "to": "24:00"}]
	is_open(whole, "2026-01-15T23:59:59Z")
	not is_open(whole, "2026-01-16T00:00:00Z")
}

test_what_is_not_a_window_opens_nothing if {
	every change in [{"zone": "Mars/Base"}, {"from": "8:00"}, {"to": "25:00"}, {"days": set()}] {
		not is_open([object.union(office[0], change)], "2026-01-15T10:00:00Z")
	}
	not is_open([], "2026-01-15T10:00:00Z")
}
