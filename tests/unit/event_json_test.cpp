// Every event comes back from its line as it was, and a line that is none says why.
#include "daemon/shell/event_json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "daemon/shell/event_json_fields.hpp"
#include "daemon/shell/recording.hpp"
#include "tests/support/core_config.hpp"

namespace hall {
namespace {

using nlohmann::ordered_json;

std::string text_of(const Event& event) {
    ordered_json j = ordered_json::object();
    add_event(j, event);
    return j.dump();
}

Event event_of(const std::string& text) {
    ordered_json j = ordered_json::parse(text);
    Event event = take_event(j);
    EXPECT_TRUE(j.empty()) << text;
    return event;
}

std::string complaint(const std::string& text) {
    try {
        static_cast<void>(recording::parse(text));
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "none";
}

/// Random values for any field of any event.
struct Filler {
    std::mt19937_64 dice;

    std::uint64_t any() { return dice(); }
    std::string text() {
        static const std::vector<std::string> pieces{
            "a", "\"", "\\", "\n", "门", " ", "\t", "😀", "%", "{", std::string(1, '\0')};
        std::string s;
        for (std::uint64_t n = any() % 6; n > 0; --n) s += pieces[any() % pieces.size()];
        return s;
    }
    void fill(bool& v) { v = any() % 2 == 0; }
    void fill(std::uint64_t& v) { v = any(); }
    void fill(std::string& v) { v = text(); }
    void fill(PersonId& v) { v.value = text(); }
    template <class Tag>
    void fill(Index<Tag>& v) {
        v.value = static_cast<std::uint16_t>(any());
    }
    template <class Rep, class Period>
    void fill(std::chrono::duration<Rep, Period>& v) {
        v = std::chrono::duration<Rep, Period>{static_cast<std::int64_t>(any() % 2'000'000'000) -
                                               1'000'000'000};
    }
    void fill(Level& v) { v = static_cast<Level>(any() % 3); }
    void fill(Outcome& v) { v = static_cast<Outcome>(any() % 3); }
    void fill(ContactState& v) { v = static_cast<ContactState>(any() % 3); }
    void fill(WindowState& v) { v = static_cast<WindowState>(any() % 4); }
    void fill(OverrideUntil& v) { v = static_cast<OverrideUntil>(any() % 4); }
    void fill(OutputRef& v) {
        const auto index = static_cast<std::uint16_t>(any());
        const std::array<OutputRef, 4> all{
            OutputRef::circuit({index}),
            OutputRef::window_lamp({index}, static_cast<std::uint8_t>(any())),
            OutputRef::lightbox(), OutputRef::buzzer()};
        v = all[any() % 4];
    }
    void fill(std::optional<double>& v) {
        const double infinity = std::numeric_limits<double>::infinity();
        const std::array<std::optional<double>, 8> odd{
            std::nullopt, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(),
            0.0,          -0.0,     5.0,       std::numeric_limits<double>::denorm_min()};
        v = odd[any() % odd.size()];
        if (any() % 2 == 0) v = static_cast<double>(any() % 1'000'000'007) / 7.0;
    }
    void fill(AskedException& v) { v = {text(), text()}; }
    template <class T>
    void fill(std::vector<T>& v) {
        v.resize(any() % 4);
        for (T& each : v) fill(each);
    }
    template <class T>
    Filler& operator()(const char*, T& v) {
        fill(v);
        return *this;
    }
    template <class T>
    Filler& later(const char* name, T& v) {
        return (*this)(name, v);
    }
};

template <std::size_t I = 0>
void every_kind(Filler& filler, std::vector<Event>& out) {
    if constexpr (I < std::variant_size_v<Event>) {
        std::variant_alternative_t<I, Event> event{};
        event_fields::each(filler, event);
        out.emplace_back(event);
        every_kind<I + 1>(filler, out);
    }
}

TEST(EventJson, EveryKindOfEventComesBackAsItWas) {
    Filler filler{std::mt19937_64{20261124}};
    std::set<std::string> names;
    for (int round = 0; round < 200; ++round) {
        std::vector<Event> events;
        every_kind(filler, events);
        for (const Event& event : events) {
            const std::string text = text_of(event);
            ASSERT_EQ(text.find('\n'), std::string::npos);
            const Event back = event_of(text);
            ASSERT_EQ(back.index(), event.index());
            ASSERT_EQ(text_of(back), text);
            names.insert(event_name(event));
        }
    }
    EXPECT_EQ(names.size(), std::variant_size_v<Event>);
}

TEST(EventJson, ReadsAsAPersonWouldWriteIt) {
    EXPECT_EQ(text_of(MeterReported{{3}, 61.25}),
              R"({"e":"meter_reported","circuit":3,"watts":61.25})");
    EXPECT_EQ(text_of(MeterReported{{3}, std::nullopt}),
              R"({"e":"meter_reported","circuit":3,"watts":null})");
    EXPECT_EQ(text_of(OutputReported{OutputRef::window_lamp({4}, 1), Level::on}),
              R"({"e":"output_reported","output":["lamp",4,1],"level":"on"})");
    EXPECT_EQ(text_of(ClosingConfirmed{7, {"1001"}, "d16e57", {"roof"}, {{"pc2", "需要"}}}),
              R"({"e":"closing_confirmed","request":7,"person":"1001","plan":"d16e57",)"
              R"("attested":["roof"],"exceptions":[{"id":"pc2","reason":"需要"}]})");
    EXPECT_EQ(text_of(TimePassed{}), R"({"e":"time_passed"})");
    EXPECT_EQ(text_of(DayExtended{1, {"1001"}, std::chrono::minutes{30}}),
              R"({"e":"day_extended","request":1,"person":"1001","minutes":30})");
}

TEST(EventJson, ALineThatIsNoneSaysWhichFieldAndWhy) {
    const auto line = [](const std::string& rest) {
        return R"({"n":1,"at":[5,6,1],"e":)" + rest + "}";
    };
    EXPECT_EQ(complaint(line(R"("time_passed")")), "none");
    EXPECT_EQ(complaint(line(R"("noon")")), "\"noon\" is no event that this version knows");
    EXPECT_EQ(complaint(line("7")), "field \"e\" must be a text");
    EXPECT_EQ(complaint(line(R"("meter_reported","circuit":3)")), "field \"watts\" is missing");
    // What came later to an event is not missed in a recording of before.
    EXPECT_EQ(complaint(line(R"("command_refused","id":"i","name":"n","code":"c")")), "none");
    EXPECT_EQ(complaint(line(R"("meter_reported","circuit":-1,"watts":1)")),
              "field \"circuit\" must be a whole number from 0 to 65535");
    EXPECT_EQ(complaint(line(R"("meter_reported","circuit":65536,"watts":1)")),
              "field \"circuit\" must be a whole number from 0 to 65535");
    EXPECT_EQ(complaint(line(R"("meter_reported","circuit":1.5,"watts":1)")),
              "field \"circuit\" must be a whole number from 0 to 65535");
    EXPECT_EQ(complaint(line(R"("meter_reported","circuit":18446744073709551615,"watts":1)")),
              "field \"circuit\" must be a whole number from 0 to 65535");
    EXPECT_EQ(complaint(line(R"("meter_reported","circuit":1,"watts":"much")")),
              "field \"watts\" must be a number, null, \"nan\", \"inf\" or \"-inf\"");
    EXPECT_EQ(complaint(line(R"("contact_reported","contact":0,"state":"ajar")")),
              "field \"state\" must be one of closed, open, unknown");
    EXPECT_EQ(complaint(line(R"("link_reported","link":0,"up":1)")),
              "field \"up\" must be true or false");
    EXPECT_EQ(complaint(line(R"("time_passed","pin":"1")")), "field \"pin\" does not belong here");
    EXPECT_EQ(complaint(line(R"("output_reported","level":"on","output":["lamp",1])")),
              "field \"output\" must be [\"circuit\", n], [\"lamp\", window, n], [\"lightbox\"] or "
              "[\"buzzer\"]");
    EXPECT_EQ(complaint(line(R"("output_reported","level":"on","output":["lamp",1,256])")),
              "field \"output\" must be a whole number from 0 to 255");
    EXPECT_EQ(complaint(line(R"("closing_confirmed","request":0,"person":"","plan":"",)"
                             R"("attested":["a",5],"exceptions":[])")),
              "field \"attested[1]\" must be a text");
    EXPECT_EQ(complaint(line(R"("closing_confirmed","request":0,"person":"","plan":"",)"
                             R"("attested":[],"exceptions":[{"id":"a"}])")),
              "field \"exceptions[0]\" must be {\"id\": ..., \"reason\": ...}");
    EXPECT_EQ(complaint(line(R"("closing_inhibited","request":0,"source":"",)"
                             R"("length":9223372036854775807)")),
              "field \"length\" must be a whole number from -32000000000000 to 32000000000000");
    EXPECT_EQ(complaint(R"({"n":1,"at":[5,6],"e":"time_passed"})"),
              "field \"at\" must be [milliseconds, milliseconds, 0 or 1]");
    EXPECT_EQ(complaint(R"({"n":1,"at":[5,6,2],"e":"time_passed"})"),
              "field \"at\" must be [milliseconds, milliseconds, 0 or 1]");
    EXPECT_EQ(complaint(R"({"n":-1,"at":[5,6,1],"e":"time_passed"})"),
              "field \"n\" must be a whole number from 0 on");
    EXPECT_EQ(complaint("{\"n\":1"), "this is not JSON");
    EXPECT_EQ(complaint("[]"), "this is not a JSON object");
    EXPECT_EQ(complaint(R"({"kept":[1,"00"]})"), "field \"kept\" must be [number, hash]");
    EXPECT_EQ(complaint(R"({"ended":"well"})"), R"(field "ended" must be "stopped" or "rotated")");
}

TEST(EventJson, AnEventOfAnotherHallIsNoticed) {
    const HallConfig hall = test::small_hall();
    const auto circuits = static_cast<std::uint16_t>(hall.circuits.size());
    const auto windows = static_cast<std::uint16_t>(hall.windows.size());
    EXPECT_EQ(misfit(MeterReported{{static_cast<std::uint16_t>(circuits - 1)}, 1.0}, hall), "");
    EXPECT_EQ(misfit(MeterReported{{circuits}, 1.0}, hall),
              "field \"circuit\" is 3, and the hall has only 3 of that kind");
    EXPECT_NE(misfit(ButtonPressed{{windows}}, hall), "");
    EXPECT_NE(misfit(ContactReported{{9}, ContactState::open}, hall), "");
    EXPECT_NE(misfit(LinkReported{{9}, true}, hall), "");
    EXPECT_NE(misfit(OutputReported{OutputRef::circuit({circuits}), Level::on}, hall), "");
    EXPECT_EQ(misfit(OutputReported{OutputRef::window_lamp({0}, 1), Level::on}, hall), "");
    EXPECT_NE(misfit(OutputReported{OutputRef::window_lamp({0}, 2), Level::on}, hall), "");
    EXPECT_NE(misfit(OutputReported{OutputRef::window_lamp({windows}, 0), Level::on}, hall), "");
    HallConfig bare = hall;
    bare.has_buzzer = false;
    bare.lightbox.fitted = false;
    EXPECT_NE(misfit(OutputReported{OutputRef::buzzer(), Level::on}, bare), "");
    EXPECT_NE(misfit(OutputReported{OutputRef::lightbox(), Level::on}, bare), "");
}

}  // namespace
}  // namespace hall
