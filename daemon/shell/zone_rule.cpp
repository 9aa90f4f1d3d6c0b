#include "daemon/shell/zone_rule.hpp"

#include <algorithm>

namespace hall {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads from the front of a text; `fine` tells whether all of it had the expected form.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool fine() const { return fine_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) { fine_ = skip(c) && fine_; }
    /// `CET` or `<+0330>`.
    void name() {
        if (skip('<')) {
            while (!rest_.empty() && rest_.front() != '>') rest_.remove_prefix(1);
            return expect('>');
        }
        const std::size_t before = rest_.size();
        while (!rest_.empty() && letter(rest_.front())) rest_.remove_prefix(1);
        fine_ = fine_ && rest_.size() < before;
    }
    int number() {
        constexpr int kLargest = 1000;
        const std::size_t before = rest_.size();
        int value = 0;
        while (!rest_.empty() && digit(rest_.front()) && value < kLargest) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        fine_ = fine_ && rest_.size() < before;
        return value;
    }
    /// `[-]h[:m[:s]]`
    seconds time() {
        const bool negative = skip('-');
        if (!negative) skip('+');
        seconds value = hours{number()};
        if (skip(':')) value += minutes{number()};
        if (skip(':')) value += seconds{number()};
        return negative ? -value : value;
    }
    [[nodiscard]] bool next_is_time() const {
        return !rest_.empty() &&
               (digit(rest_.front()) || rest_.front() == '-' || rest_.front() == '+');
    }

  private:
    static bool digit(char c) { return c >= '0' && c <= '9'; }
    static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    std::string_view rest_;
    bool fine_ = true;
};

/// `M10.5.0/3`: the fifth (that is, last) Sunday of October, 03:00 local time.
struct Day {
    unsigned month = 1, week = 1, weekday = 0;
    seconds time{hours{2}};

    [[nodiscard]] LocalTime in(int year) const {
        using namespace std::chrono;
        const auto first = std::chrono::year{year} / std::chrono::month{month};
        const std::chrono::weekday day{weekday};
        const local_days date =
            week == 5 ? local_days{first / day[last]} : local_days{first / day[week]};
        return LocalTime{date} + time;
    }
};

Day read_day(Reader& in, bool& known) {
    Day day;
    in.expect('M');
    day.month = static_cast<unsigned>(in.number());
    in.expect('.');
    day.week = static_cast<unsigned>(in.number());
    in.expect('.');
    day.weekday = static_cast<unsigned>(in.number());
    if (in.skip('/')) day.time = in.time();
    known = known && day.month >= 1 && day.month <= 12 && day.week >= 1 && day.week <= 5 &&
            day.weekday <= 6;
    return day;
}

}  // namespace

std::optional<std::vector<Zone::Change>> yearly_changes(std::string_view rule, int first,
                                                        int last) {
    Reader in(rule);
    in.name();
    // POSIX counts westwards.
    const seconds standard = -in.time();
    if (in.at_end()) return std::nullopt;
    in.name();
    const seconds summer = in.next_is_time() ? -in.time() : standard + hours{1};
    bool known = true;
    in.expect(',');
    const Day begins = read_day(in, known);
    in.expect(',');
    const Day ends = read_day(in, known);
    if (!in.fine() || !in.at_end() || !known) return std::nullopt;
    std::vector<Zone::Change> changes;
    for (int year = first; year <= last; ++year) {
        changes.push_back({WallTime{begins.in(year).time_since_epoch() - standard}, summer});
        changes.push_back({WallTime{ends.in(year).time_since_epoch() - summer}, standard});
    }
    std::sort(changes.begin(), changes.end(),
              [](const Zone::Change& a, const Zone::Change& b) { return a.from < b.from; });
    return changes;
}

}  // namespace hall
