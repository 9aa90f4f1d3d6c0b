#pragma once
// Virtual time: jumps from one happening to the next. Happenings of one moment keep their order.
#include <algorithm>
#include <functional>
#include <vector>

#include "daemon/simulation/facts.hpp"

namespace hall::simulation {

class Clockwork {
  public:
    explicit Clockwork(Ms start) : now_(start) {}

    [[nodiscard]] Ms now() const { return now_; }
    void at(Ms t, std::function<void()> what) {
        heap_.push_back({std::max(t, now_), ++order_, std::move(what)});
        std::push_heap(heap_.begin(), heap_.end(), later_than);
    }
    void in(Ms length, std::function<void()> what) { at(now_ + length, std::move(what)); }
    /// When the next happening is due; the end of time when there is none.
    [[nodiscard]] Ms next() const { return heap_.empty() ? kNever : heap_.front().at; }
    void advance_to(Ms t) { now_ = std::max(now_, t); }
    /// Runs one happening that is due.
    void run_one() {
        std::pop_heap(heap_.begin(), heap_.end(), later_than);
        const Happening one = std::move(heap_.back());
        heap_.pop_back();
        now_ = std::max(now_, one.at);
        one.what();
    }

    static constexpr Ms kNever = INT64_MAX / 2;

  private:
    struct Happening {
        Ms at;
        std::uint64_t order;
        std::function<void()> what;
    };
    static bool later_than(const Happening& a, const Happening& b) {
        return a.at != b.at ? a.at > b.at : a.order > b.order;
    }

    Ms now_;
    std::uint64_t order_ = 0;
    std::vector<Happening> heap_;
};

}  // namespace hall::simulation
