# METADATA
# title: Hours
# description: |
#   Decides whether it is a time at which the caller may act: windows of weekdays and hours in a zone of the IANA database.
package countersign.hours

# Denials for windows such as
#
#     [{"zone": "Europe/Berlin", "days": {"Monday", "Friday"}, "from": "08:00", "to": "18:00"}]
#
# `to` is no longer within. A window whose `to` is before its `from` goes on into the next day; its days are those on
# which it begins. A zone that is not known opens nothing.
denials(windows) := {denial |
	not within_any(windows)
	denial := {"rule": "hours/closed", "reason": "this is possible at other hours only"}
}

within_any(windows) if {
	some window in windows
	within(window, time.now_ns())
}

within(window, now) if {
	minutes(window.from) < minutes(window.to)
	at := minute_of([now, window.zone])
	at >= minutes(window.from)
	at < minutes(window.to)
	time.weekday([now, window.zone]) in window.days
}

within(window, now) if {
	minutes(window.from) > minutes(window.to)
	minute_of([now, window.zone]) >= minutes(window.from)
	time.weekday([now, window.zone]) in window.days
}

within(window, now) if {
	minutes(window.from) > minutes(window.to)
	minute_of([now, window.zone]) < minutes(window.to)
	before[time.weekday([now, window.zone])] in window.days
}

before := {
	"Monday": "Sunday",
	"Tuesday": "Monday",
	"Wednesday": "Tuesday",
	"Thursday": "Wednesday",
	"Friday": "Thursday",
	"Saturday": "Friday",
	"Sunday": "Saturday",
}

minute_of(instant) := (hour * 60) + minute if [hour, minute, _] := time.clock(instant)

# "08:30" in minutes; "24:00" is the end of the day.
minutes(text) := (to_number(hour) * 60) + to_number(minute) if {
	regex.match(`^([01][0-9]|2[0-4]):[0-5][0-9]$`, text)
	[hour, minute] := split(text, ":")
}
