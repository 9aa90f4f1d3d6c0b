#pragma once
// Each event's name and fields, listed once for writing, reading and checking. The structured
// bindings make a field that is added and not listed an error of the compiler; a new event without
// a name and a list is one too.
#include "daemon/core/event.hpp"

namespace hall::event_fields {

template <class E>
struct Name;
// clang-format off
template <> struct Name<OutputReported> { static constexpr const char* k = "output_reported"; };
template <> struct Name<FeedbackReported> { static constexpr const char* k = "feedback_reported"; };
template <> struct Name<LightboxFeedbackReported> { static constexpr const char* k = "lightbox_feedback_reported"; };
template <> struct Name<MeterReported> { static constexpr const char* k = "meter_reported"; };
template <> struct Name<PowerGoodReported> { static constexpr const char* k = "power_good_reported"; };
template <> struct Name<ReachabilityReported> { static constexpr const char* k = "reachability_reported"; };
template <> struct Name<ContactReported> { static constexpr const char* k = "contact_reported"; };
template <> struct Name<ButtonPressed> { static constexpr const char* k = "button_pressed"; };
template <> struct Name<LinkReported> { static constexpr const char* k = "link_reported"; };
template <> struct Name<CommandFinished> { static constexpr const char* k = "command_finished"; };
template <> struct Name<ClosingConfirmed> { static constexpr const char* k = "closing_confirmed"; };
template <> struct Name<ClosingCancelled> { static constexpr const char* k = "closing_cancelled"; };
template <> struct Name<ExceptionRequested> { static constexpr const char* k = "exception_requested"; };
template <> struct Name<ForceConfirmed> { static constexpr const char* k = "force_confirmed"; };
template <> struct Name<DayExtended> { static constexpr const char* k = "day_extended"; };
template <> struct Name<ClosingInhibited> { static constexpr const char* k = "closing_inhibited"; };
template <> struct Name<OpeningRequested> { static constexpr const char* k = "opening_requested"; };
template <> struct Name<WindowSet> { static constexpr const char* k = "window_set"; };
template <> struct Name<FaultRaised> { static constexpr const char* k = "fault_raised"; };
template <> struct Name<LightboxOverridden> { static constexpr const char* k = "lightbox_overridden"; };
template <> struct Name<AlarmAcknowledged> { static constexpr const char* k = "alarm_acknowledged"; };
template <> struct Name<CredentialRefused> { static constexpr const char* k = "credential_refused"; };
template <> struct Name<TimePassed> { static constexpr const char* k = "time_passed"; };
template <> struct Name<ConditionReported> { static constexpr const char* k = "condition_reported"; };
template <> struct Name<CommandAccepted> { static constexpr const char* k = "command_accepted"; };
template <> struct Name<CommandRefused> { static constexpr const char* k = "command_refused"; };
template <> struct Name<FaultButtonPressed> { static constexpr const char* k = "fault_button_pressed"; };
template <> struct Name<PostSignedIn> { static constexpr const char* k = "post_signed_in"; };
template <> struct Name<PostSignedOut> { static constexpr const char* k = "post_signed_out"; };
template <> struct Name<PostHandedOver> { static constexpr const char* k = "post_handed_over"; };
// clang-format on

// `a("name", field)` for each field, in the order of its structure; `a.later(...)` for one that
// recordings of an earlier version do not have.

template <class A>
void each(A& a, OutputReported& e) {
    auto& [output, level] = e;
    a("output", output)("level", level);
}
template <class A>
void each(A& a, FeedbackReported& e) {
    auto& [circuit, level] = e;
    a("circuit", circuit)("level", level);
}
template <class A>
void each(A& a, LightboxFeedbackReported& e) {
    auto& [level] = e;
    a("level", level);
}
template <class A>
void each(A& a, MeterReported& e) {
    auto& [circuit, watts] = e;
    a("circuit", circuit)("watts", watts);
}
template <class A>
void each(A& a, PowerGoodReported& e) {
    auto& [circuit, level] = e;
    a("circuit", circuit)("level", level);
}
template <class A>
void each(A& a, ReachabilityReported& e) {
    auto& [circuit, level] = e;
    a("circuit", circuit)("level", level);
}
template <class A>
void each(A& a, ContactReported& e) {
    auto& [contact, state] = e;
    a("contact", contact)("state", state);
}
template <class A>
void each(A& a, ButtonPressed& e) {
    auto& [window] = e;
    a("window", window);
}
template <class A>
void each(A& a, LinkReported& e) {
    auto& [link, up] = e;
    a("link", link)("up", up);
}
template <class A>
void each(A& a, CommandFinished& e) {
    auto& [command, outcome] = e;
    a("command", command)("outcome", outcome);
}
template <class A>
void each(A& a, ClosingConfirmed& e) {
    auto& [request, person, plan, attested, exceptions] = e;
    a("request", request)("person", person)("plan", plan)("attested", attested)("exceptions",
                                                                                exceptions);
}
template <class A>
void each(A& a, ClosingCancelled& e) {
    auto& [request, source] = e;
    a("request", request)("source", source);
}
template <class A>
void each(A& a, ExceptionRequested& e) {
    auto& [request, person, exception] = e;
    a("request", request)("person", person)("exception", exception);
}
template <class A>
void each(A& a, ForceConfirmed& e) {
    auto& [request, person, circuit, reason] = e;
    a("request", request)("person", person)("circuit", circuit)("reason", reason);
}
template <class A>
void each(A& a, DayExtended& e) {
    auto& [request, person, by] = e;
    a("request", request)("person", person)("minutes", by);
}
template <class A>
void each(A& a, ClosingInhibited& e) {
    auto& [request, source, length] = e;
    a("request", request)("source", source)("length", length);
}
template <class A>
void each(A& a, OpeningRequested& e) {
    auto& [request, person] = e;
    a("request", request)("person", person);
}
template <class A>
void each(A& a, WindowSet& e) {
    auto& [request, source, window, state] = e;
    a("request", request)("source", source)("window", window)("state", state);
}
template <class A>
void each(A& a, FaultRaised& e) {
    auto& [request, source, window, text] = e;
    a("request", request)("source", source)("window", window)("text", text);
}
template <class A>
void each(A& a, FaultButtonPressed& e) {
    auto& [window] = e;
    a("window", window);
}
template <class A>
void each(A& a, PostSignedIn& e) {
    auto& [request, person, post] = e;
    a("request", request)("person", person)("post", post);
}
template <class A>
void each(A& a, PostSignedOut& e) {
    auto& [request, person, post] = e;
    a("request", request)("person", person)("post", post);
}
template <class A>
void each(A& a, PostHandedOver& e) {
    auto& [request, from, to, post] = e;
    a("request", request)("from", from)("to", to)("post", post);
}
template <class A>
void each(A& a, LightboxOverridden& e) {
    auto& [request, source, lit, until, length] = e;
    a("request", request)("source", source)("lit", lit)("until", until)("length", length);
}
template <class A>
void each(A& a, AlarmAcknowledged& e) {
    auto& [request, source, alarm] = e;
    a("request", request)("source", source)("alarm", alarm);
}
template <class A>
void each(A& a, CredentialRefused& e) {
    auto& [panel, person, action, locked] = e;
    a("panel", panel)("person", person)("action", action)("locked", locked);
}
template <class A>
void each(A&, TimePassed&) {}
template <class A>
void each(A& a, ConditionReported& e) {
    auto& [code, subject, present, detail] = e;
    a("code", code)("subject", subject)("present", present)("detail", detail);
}
template <class A>
void each(A& a, CommandAccepted& e) {
    auto& [id, name, source] = e;
    a("id", id)("name", name)("source", source);
}
template <class A>
void each(A& a, CommandRefused& e) {
    auto& [id, name, code, source, unrecorded] = e;
    a("id", id)("name", name)("code", code);
    a.later("source", source).later("unrecorded", unrecorded);
}

}  // namespace hall::event_fields
