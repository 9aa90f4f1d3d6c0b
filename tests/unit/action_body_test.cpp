// What an action's body must hold, and what is said when it does not.
#include "daemon/shell/action_body.hpp"

#include <gtest/gtest.h>

namespace hall {

namespace {

SiteConfig site() {
    SiteConfig s;
    s.hall.circuits.resize(2);
    s.hall.circuits[0].id = "pc1";
    s.hall.circuits[1].id = "pc2";
    s.hall.windows.resize(1);
    s.hall.windows[0].id = "5";
    return s;
}

template <class E>
E event_of(const std::string& action, const std::string& body) {
    const ParsedBody parsed = parse_action(site(), action, body);
    if (!parsed.action) {
        ADD_FAILURE() << action << ' ' << body << ": " << parsed.fault.code << ' '
                      << parsed.fault.field;
        return E{};
    }
    return std::get<E>(parsed.action->make(7, PersonId{"1001"}));
}

/// `code field` of a refused body.
std::string fault(const std::string& action, const std::string& body) {
    const ParsedBody parsed = parse_action(site(), action, body);
    return parsed.action ? "accepted" : parsed.fault.code + " " + parsed.fault.field;
}

std::string with_person(const std::string& rest) {
    return R"({"staff":"1001","pin":"246810")" + (rest.empty() ? "" : "," + rest) + "}";
}

TEST(ActionBody, AConfirmationCarriesPlanAttestationsAndExceptions) {
    const auto e = event_of<ClosingConfirmed>("closing/confirm",
                                              with_person(R"("plan":"d1","attest":["south_window"],
                       "except":[{"id":"pc1","reason":"in use"},"pc2"],"reason":"update")"));
    EXPECT_EQ(e.request, 7U);
    EXPECT_EQ(e.person.value, "1001");
    EXPECT_EQ(e.plan, "d1");
    EXPECT_EQ(e.attested, std::vector<std::string>{"south_window"});
    ASSERT_EQ(e.exceptions.size(), 2U);
    EXPECT_EQ(e.exceptions[0], (AskedException{"pc1", "in use"}));
    EXPECT_EQ(e.exceptions[1], (AskedException{"pc2", "update"}));
}

TEST(ActionBody, AConfirmationMayNameThePlanAsItWasShown) {
    const auto e = event_of<ClosingConfirmed>(
        "closing/confirm", with_person(R"("plan":{"digest":"d2","cut":["pc1"]})"));
    EXPECT_EQ(e.plan, "d2");
}

TEST(ActionBody, TheCredentialIsTakenApartFromTheEvent) {
    const ParsedBody parsed = parse_action(site(), "opening/open", R"({"card":"77","pin":"1"})");
    ASSERT_TRUE(parsed.action);
    EXPECT_EQ(parsed.action->credential.card, "77");
    EXPECT_EQ(parsed.action->credential.pin, "1");
    EXPECT_STREQ(parsed.action->right, "open");
}

TEST(ActionBody, NobodyIsAskedWhoCancelsOrSetsAWindow) {
    EXPECT_EQ(event_of<ClosingCancelled>("closing/cancel", "").request, 7U);
    const auto set = event_of<WindowSet>("window/set", R"({"window":"5","state":"paused"})");
    EXPECT_EQ(set.window, WindowIx{0});
    EXPECT_EQ(set.state, WindowState::paused);
    const ParsedBody parsed = parse_action(site(), "closing/cancel", "{}");
    ASSERT_TRUE(parsed.action);
    EXPECT_FALSE(parsed.action->needs_person);
    EXPECT_EQ(std::get<ClosingCancelled>(parsed.action->make(1, PersonId{})).source, "panel");
}

TEST(ActionBody, EverythingElseNeedsAPersonWithAPin) {
    for (const auto& [action, rest] : std::vector<std::pair<std::string, std::string>>{
             {"closing/confirm", R"("plan":"d1")"},
             {"closing/force", R"("circuit":"pc1","reason":"hangs")"},
             {"closing/except", R"("circuit":"pc1","reason":"hangs")"},
             {"closing/extend", R"("minutes":30)"},
             {"opening/open", R"("x":1)"},
             {"lightbox/override", R"("until":"cleared")"},
             {"alarm/acknowledge", R"("alarm":"a1")"}}) {
        EXPECT_EQ(fault(action, "{" + rest + "}"), "malformed staff") << action;
        EXPECT_EQ(fault(action, R"({"staff":"1001",)" + rest + "}"), "malformed pin") << action;
        EXPECT_EQ(fault(action, with_person(rest)), "accepted") << action;
    }
}

TEST(ActionBody, WhatIsNoObjectIsRefused) {
    for (const char* body : {"[]", "7", "null", "{", "\"pin\"", "{}{}"})
        EXPECT_EQ(fault("closing/cancel", body), "malformed body") << body;
    EXPECT_FALSE(parse_action(site(), "closing/now", "{}").known);
}

TEST(ActionBody, FieldsOfTheWrongKindAreNamed) {
    EXPECT_EQ(fault("closing/confirm", with_person(R"("plan":7)")), "malformed plan");
    EXPECT_EQ(fault("closing/confirm", with_person(R"("attest":"pc1")")), "malformed attest");
    EXPECT_EQ(fault("closing/confirm", with_person(R"("attest":[1])")), "malformed attest");
    EXPECT_EQ(fault("closing/confirm", with_person(R"("except":[7])")), "malformed except");
    EXPECT_EQ(fault("closing/confirm", R"({"staff":1001,"pin":"246810"})"), "malformed staff");
    EXPECT_EQ(fault("closing/confirm", R"({"staff":"1001","pin":246810})"), "malformed pin");
    EXPECT_EQ(fault("closing/force", with_person(R"("circuit":"pc9")")), "unknown_circuit pc9");
    EXPECT_EQ(fault("window/set", R"({"window":"9","state":"paused"})"), "unknown_window 9");
    EXPECT_EQ(fault("window/set", R"({"window":"5","state":"busy"})"), "bad_value state");
    EXPECT_EQ(fault("closing/except", with_person("")), "malformed circuit");
    EXPECT_EQ(fault("alarm/acknowledge", with_person("")), "malformed alarm");
}

TEST(ActionBody, ATextIsRefusedWhenItIsTooLong) {
    const auto body = [](std::size_t n) {
        return with_person(R"("circuit":"pc1","reason":")" + std::string(n, 'x') + "\"");
    };
    EXPECT_EQ(fault("closing/force", body(400)), "accepted");
    EXPECT_EQ(fault("closing/force", body(401)), "malformed reason");
}

TEST(ActionBody, AnExtensionIsAWholeNumberOfMinutesOfADay) {
    const auto body = [](const char* n) { return with_person(R"("minutes":)" + std::string(n)); };
    EXPECT_EQ(event_of<DayExtended>("closing/extend", body("30")).by, std::chrono::minutes{30});
    EXPECT_EQ(fault("closing/extend", body("1440")), "accepted");
    for (const char* n : {"0", "-5", "1441", "9223372036854775808"})
        EXPECT_NE(fault("closing/extend", body(n)), "accepted") << n;
    for (const char* n : {"1.5", "\"30\"", "null"})
        EXPECT_EQ(fault("closing/extend", body(n)), "malformed minutes") << n;
}

TEST(ActionBody, SigningInNamesThePostSigningOutNeedNot) {
    const auto in = event_of<PostSignedIn>("post/sign-in", with_person(R"("post":"5")"));
    EXPECT_EQ(in.person.value, "1001");
    EXPECT_EQ(in.post, "5");
    EXPECT_EQ(event_of<PostSignedOut>("post/sign-out", with_person(R"("post":"5")")).post, "5");
    EXPECT_EQ(event_of<PostSignedOut>("post/sign-out", with_person("")).post, "");
    EXPECT_EQ(fault("post/sign-in", with_person("")), "malformed post");
    EXPECT_EQ(fault("post/sign-in", R"({"post":"5"})"), "malformed staff");
    EXPECT_EQ(fault("post/sign-in", R"({"post":"5","staff":"1001"})"), "malformed pin");
}

TEST(ActionBody, AHandoverCarriesTwoCredentials) {
    const std::string to = R"("to":{"card":"0012345678","pin":"135791"})";
    const ParsedBody parsed =
        parse_action(site(), "post/handover", with_person(R"("post":"5",)" + to));
    ASSERT_TRUE(parsed.action);
    EXPECT_EQ(parsed.action->credential.staff, "1001");
    ASSERT_TRUE(parsed.action->second);
    EXPECT_EQ(parsed.action->second->credential.card, "0012345678");
    EXPECT_EQ(parsed.action->second->credential.pin, "135791");
    const auto e = std::get<PostHandedOver>(parsed.action->second->make(7, {"1001"}, {"1002"}));
    EXPECT_EQ(e.request, 7U);
    EXPECT_EQ(e.from.value, "1001");
    EXPECT_EQ(e.to.value, "1002");
    EXPECT_EQ(e.post, "5");
    const auto of = [](const char* rest) { return fault("post/handover", with_person(rest)); };
    EXPECT_EQ(of(R"("post":"5")"), "malformed to");
    EXPECT_EQ(of(R"("post":"5","to":"1002")"), "malformed to");
    EXPECT_EQ(of(R"("post":"5","to":{"pin":"135791"})"), "malformed to.staff");
    EXPECT_EQ(of(R"("post":"5","to":{"staff":"1002"})"), "malformed to.pin");
    EXPECT_EQ(of(R"("to":{"staff":"1002","pin":"135791"})"), "malformed post");
    EXPECT_EQ(fault("post/handover", R"({"post":"5",)" + to + "}"), "malformed staff");
}

TEST(ActionBody, AnOverrideSaysWhatAndForHowLong) {
    const auto timed = event_of<LightboxOverridden>(
        "lightbox/override", with_person(R"("lit":true,"until":"duration","seconds":3600)"));
    EXPECT_TRUE(timed.lit);
    EXPECT_EQ(timed.until, OverrideUntil::duration);
    EXPECT_EQ(timed.length, Millis{3'600'000});
    EXPECT_EQ(timed.source, "1001");
    const auto of = [](const char* rest) { return fault("lightbox/override", with_person(rest)); };
    EXPECT_EQ(of(R"("until":"next_switch")"), "malformed lit");
    EXPECT_EQ(of(R"("until":"tomorrow","lit":true)"), "bad_value until");
    EXPECT_EQ(of(R"("until":"duration","lit":true)"), "malformed seconds");
    EXPECT_EQ(of(R"("until":"duration","lit":true,"seconds":0)"), "bad_value seconds");
    EXPECT_EQ(of(R"("until":"duration","lit":true,"seconds":1e300)"), "bad_value seconds");
}

}  // namespace

}  // namespace hall
