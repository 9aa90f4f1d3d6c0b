#pragma once
// hallctl run on a state folder of its own.
#include <string>
#include <utility>
#include <vector>

#include "daemon/shell/credentials.hpp"
#include "tests/support/hallctl_run.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace hall {

struct HallctlResult {
    int code = 0;
    std::string out, err;
};

class HallctlTest : public JournalTest {
  protected:
    [[nodiscard]] HallctlResult run(std::vector<std::string> args,
                                    const std::string& input = {}) const {
        args.insert(args.end(), {"--state", state_.string()});
        test::Hallctl ctl(std::move(args), input);
        const int code = ctl.code();
        return {code, ctl.out, ctl.err};
    }
    [[nodiscard]] int enrol(const std::string& staff, const std::string& pin,
                            std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"staff", "add", staff, "--name", "张三", "--pin-stdin"};
        args.insert(args.end(), more.begin(), more.end());
        return run(args, pin + "\n").code;
    }
    [[nodiscard]] bool accepts(const std::string& staff, const std::string& card,
                               const std::string& pin) const {
        static int panel = 0;
        const auto check = Credentials(state_).check({staff, card, pin},
                                                     "p" + std::to_string(++panel), at(0), "b");
        const auto* accepted = std::get_if<Accepted>(&check);
        return accepted != nullptr && accepted->person.enabled;
    }
    [[nodiscard]] std::string everything_written() const {
        std::string all;
        for (const auto& e : std::filesystem::recursive_directory_iterator(root_))
            if (e.is_regular_file()) all += bytes_of(e.path());
        return all;
    }
};

}  // namespace hall
