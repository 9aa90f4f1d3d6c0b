#include "tests/bench/paced_line.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace hall::bench {

namespace {

constexpr std::size_t kRequest = 8;
constexpr int kBitsOfACharacter = 10;
constexpr int kFastBaud = 19'200;
constexpr std::chrono::microseconds kFastSilence{1'750};

std::uint16_t pair(const test::Bytes& b, std::size_t at) {
    return static_cast<std::uint16_t>(b[at] << 8U | b[at + 1]);
}

}  // namespace

PacedLine::PacedLine(test::Plant& plant, int baud)
    : plant_(plant),
      character_(1'000'000'000LL * kBitsOfACharacter / baud),
      silence_(baud > kFastBaud ? std::chrono::nanoseconds{kFastSilence} : character_ * 7 / 2),
      near_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
    std::array<char, 64> name{};
    if (near_ < 0 || stop_ < 0 || grantpt(near_) != 0 || unlockpt(near_) != 0 ||
        ptsname_r(near_, name.data(), name.size()) != 0)
        throw std::runtime_error("no pseudo terminal");
    path_ = name.data();
    far_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    tcgetattr(far_, &raw);
    cfmakeraw(&raw);
    tcsetattr(far_, TCSANOW, &raw);
    thread_ = std::thread([this] { run(); });
}

PacedLine::~PacedLine() {
    const std::uint64_t one = 1;
    if (write(stop_, &one, sizeof one) == sizeof one) thread_.join();
    close(far_);
    close(near_);
    close(stop_);
}

std::chrono::nanoseconds PacedLine::least(std::size_t request, std::size_t reply) const {
    return character_ * static_cast<int>(request + reply) + 2 * silence_;
}

std::vector<PacedLine::Seen> PacedLine::seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
}

void PacedLine::forget() {
    const std::lock_guard lock(mutex_);
    seen_.clear();
}

void PacedLine::run() {
    prctl(PR_SET_TIMERSLACK, 1UL);
    test::Bytes input;
    Clock::time_point begun;
    for (;;) {
        std::array<pollfd, 2> ready{pollfd{near_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
        if (poll(ready.data(), ready.size(), -1) < 0) continue;
        if ((ready[1].revents & POLLIN) != 0) return;
        std::array<std::uint8_t, 256> chunk{};
        const auto got = read(near_, chunk.data(), chunk.size());
        if (got <= 0) continue;
        if (input.empty()) begun = Clock::now();
        input.insert(input.end(), chunk.begin(), chunk.begin() + got);
        if (input.size() < kRequest) continue;
        const test::Bytes request(input.begin(), input.begin() + kRequest);
        input.erase(input.begin(), input.begin() + kRequest);
        answer(request, begun);
    }
}

void PacedLine::answer(const test::Bytes& request, Clock::time_point begun) {
    if (begun < quiet_from_) ++too_early_;
    {
        const std::lock_guard lock(mutex_);
        seen_.push_back({begun, request[0]});
    }
    const auto end = begun + character_ * static_cast<int>(request.size());
    quiet_from_ = end + silence_;
    if (request[0] == dead_) return;
    test::SeenRequest r;
    r.unit = request[0];
    r.function = request[1];
    r.address = pair(request, 2);
    r.value = pair(request, 4);
    test::Bytes reply{r.unit};
    for (const std::uint8_t b : plant_.answer_to(r)) reply.push_back(b);
    const unsigned crc = test::crc16(reply);
    reply.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    reply.push_back(static_cast<std::uint8_t>(crc >> 8U));
    deliver(reply, end + silence_);
}

void PacedLine::deliver(const test::Bytes& reply, Clock::time_point from) {
    std::size_t done = 0;
    while (done < reply.size()) {
        sleep_until(from + character_ * static_cast<int>(done + 1));
        const auto passed = static_cast<std::size_t>((Clock::now() - from) / character_);
        const std::size_t upto = std::min(std::max(passed, done + 1), reply.size());
        const auto n = write(near_, reply.data() + done, upto - done);
        if (n <= 0) return;
        done += static_cast<std::size_t>(n);
    }
    quiet_from_ = from + character_ * static_cast<int>(reply.size()) + silence_;
}

void PacedLine::sleep_until(Clock::time_point when) {
    const auto since = std::chrono::nanoseconds{when.time_since_epoch()}.count();
    const timespec until{since / 1'000'000'000, since % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
}

}  // namespace hall::bench
