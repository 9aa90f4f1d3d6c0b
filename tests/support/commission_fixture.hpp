#pragma once
// hallctl commission at a terminal of its own, in front of the virtual hall.
#include <algorithm>
#include <string>
#include <vector>

#include "daemon/shell/journal.hpp"
#include "tests/support/at_terminal.hpp"
#include "tests/support/hallsim_fixture.hpp"

namespace hall::sim {

inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const std::size_t at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

class CommissionTest : public HallsimTest {
  protected:
    using Trace = std::vector<std::string>;

    CommissionTest() { std::filesystem::create_directory(state_folder()); }

    [[nodiscard]] std::filesystem::path state_folder() const { return folder / "state"; }
    [[nodiscard]] std::vector<std::string> command(std::vector<std::string> more = {}) const {
        std::vector<std::string> argv{HALLCTL,   "commission",   "--config", config(),
                                      "--state", state_folder(), "--lang",   "en"};
        argv.insert(argv.end(), more.begin(), more.end());
        return argv;
    }
    [[nodiscard]] static std::vector<std::string> environment() {
        return {std::string("HALL_DEVICES=") + HALL_SOURCE_DIR + "/config/devices"};
    }
    /// At the menu, under the name of 张工.
    std::unique_ptr<test::AtTerminal> sit_down(std::vector<std::string> more = {"--measure",
                                                                                "0.3"}) {
        auto at = std::make_unique<test::AtTerminal>(command(std::move(more)), environment());
        EXPECT_TRUE(at->answer("Your name", "张工")) << at->shown;
        return at;
    }
    /// Chooses a section and one channel in it.
    static void go(test::AtTerminal& at, const std::string& section, const std::string& channel) {
        EXPECT_TRUE(at.answer("Number, or Enter", section)) << at.shown;
        EXPECT_TRUE(at.answer("or a name", channel)) << at.shown;
    }
    static int leave(test::AtTerminal& at) {
        EXPECT_TRUE(at.answer("Number, or Enter", "q")) << at.shown;
        return at.ends();
    }

    /// Something happens in the hall.
    void set(const std::string& things) const { EXPECT_EQ(post(things).status, 200) << things; }
    /// The PC is off, and its supply is on.
    void shut_down(const std::string& pc) const { set(R"({"pc.)" + pc + R"(":"off"})"); }
    /// `thing value`, behind entry `since`.
    [[nodiscard]] Trace trace(int since = 0) const {
        Trace story;
        for (const Json& entry : get("/trace?since=" + std::to_string(since)).json())
            story.push_back(entry["thing"].get<std::string>() + " " +
                            entry["value"].get<std::string>());
        return story;
    }
    /// Only what the boards' outputs did.
    [[nodiscard]] Trace coils() const {
        Trace all = trace();
        all.erase(std::remove_if(all.begin(), all.end(),
                                 [](const std::string& e) { return e.rfind("coil.", 0) != 0; }),
                  all.end());
        return all;
    }
    /// The journal's records, parsed.
    [[nodiscard]] std::vector<Json> records() const {
        const auto opened =
            Journal::open(state_folder(), [](WallTime) { return std::chrono::hours{8}; });
        std::vector<Json> all;
        for (const StoredRecord& r : opened.journal->read(1, 10'000))
            all.push_back(Json::parse(r.body));
        return all;
    }
    [[nodiscard]] Verification verify() const {
        return verify_journal(state_folder() / "journal.db", state_folder() / "journal.pub");
    }
    [[nodiscard]] Json results() const {
        std::ifstream in(state_folder() / "commissioning.json");
        const Json all = Json::parse(in, nullptr, false);
        return all.is_object() ? all["channels"] : Json::object();
    }
    [[nodiscard]] std::string result(const std::string& channel) const {
        const Json all = results();
        return all.contains(channel) ? all[channel]["result"].get<std::string>() : "open";
    }
    [[nodiscard]] std::string note(const std::string& channel) const {
        const Json all = results();
        return all.contains(channel) ? all[channel].value("note", "") : "";
    }
    [[nodiscard]] Json left() const {
        std::ifstream in(state_folder() / "commissioning.left.json");
        const Json all = Json::parse(in, nullptr, false);
        return all.is_object() ? all["left"] : Json::array();
    }
};

}  // namespace hall::sim
