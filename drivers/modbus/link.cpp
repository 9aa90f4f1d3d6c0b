#include "drivers/modbus/link.hpp"

#include <fcntl.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

namespace hall::drivers::modbus {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Transaction, protocol, length (two bytes each), unit.
constexpr std::size_t kTcpHeader = 7;
constexpr std::size_t kSerialHeader = 1;
constexpr std::size_t kCheckSum = 2;
/// The longest that anything here may wait, so that the worker's sign of life stays fresh.
constexpr milliseconds kLongestWait{5'000};

std::string text_of(int error) {
    return modbus_strerror(error);
}

/// libmodbus's own error numbers speak of a frame, all others of the connection.
bool is_frame_error(int error) {
    return error >= MODBUS_ENOBASE;
}

}  // namespace

void Link::Free::operator()(modbus_t* context) const {
    modbus_free(context);
}

Link::Link(const BusConfig& config) : config_(config) {
    if (!is_serial()) {
        context_.reset(modbus_new_tcp("127.0.0.1", MODBUS_TCP_DEFAULT_PORT));  // never connects
    } else {
        const SerialSettings& s = config_.serial;
        context_.reset(
            modbus_new_rtu(config_.path.c_str(), s.baud, s.parity, s.data_bits, s.stop_bits));
    }
    if (!context_) return;
    modbus_set_error_recovery(context_.get(), MODBUS_ERROR_RECOVERY_NONE);
    // No pause between bytes of its own: the whole reply must be there within the response timeout,
    // or a peer that drips bytes could hold the thread for minutes.
    modbus_set_byte_timeout(context_.get(), 0, 0);
}

Link::~Link() {
    close();
}

bool Link::open(std::string& why) {
    close();
    if (!context_) {
        why = "invalid settings";
        return false;
    }
    open_ = is_serial() ? open_serial(why) : open_tcp(why);
    return open_;
}

bool Link::open_serial(std::string& why) {
    if (modbus_connect(context_.get()) != 0) {
        why = text_of(errno);
        return false;
    }
    if (config_.serial.rs485 && modbus_rtu_set_serial_mode(context_.get(), MODBUS_RTU_RS485) != 0) {
        const int error = errno;
        modbus_close(context_.get());
        why = "this line's driver has no RS-485 mode (TIOCSRS485: " + text_of(error) +
              "); set rs485 = false for an adapter that turns around by itself";
        return false;
    }
    const int fd = modbus_get_socket(context_.get());
    if (fd >= FD_SETSIZE) {
        modbus_close(context_.get());
        why = "too many open files";
        return false;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    modbus_flush(context_.get());
    quiet_since_ = Clock::now();
    return true;
}

bool Link::open_tcp(std::string& why) {
    const int fd =
        resolver_.connect(config_.host, config_.port, std::min(config_.timeout, kLongestWait), why);
    if (fd < 0) return false;
    modbus_set_socket(context_.get(), fd);
    return true;
}

void Link::close() {
    if (!open_) return;
    open_ = false;
    modbus_flush(context_.get());
    modbus_close(context_.get());
    modbus_set_socket(context_.get(), -1);
}

bool Link::peer_is_gone() const {
    if (is_serial() || !open_) return false;
    char byte = 0;
    const auto got =
        recv(modbus_get_socket(context_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

microseconds Link::character_time() const {
    const SerialSettings& s = config_.serial;
    const int bits = 1 + s.data_bits + (s.parity == 'N' ? 0 : 1) + s.stop_bits;
    return microseconds{1'000'000LL * bits / std::max(s.baud, 1)};
}

microseconds Link::line_time(const Request& request) const {
    if (!is_serial()) return microseconds{0};
    const std::size_t bytes = 2 * (kSerialHeader + kCheckSum) + Pdu{}.size() + answer_size(request);
    return character_time() * static_cast<int>(bytes);
}

void Link::await_silence() const {
    if (!is_serial()) return;
    // 3.5 characters end a frame; above 19200 baud the standard fixes 1.75 ms.
    constexpr int kFastBaud = 19'200;
    const microseconds end =
        config_.serial.baud > kFastBaud ? microseconds{1'750} : character_time() * 7 / 2;
    std::this_thread::sleep_until(quiet_since_ + std::max<microseconds>(end, config_.turn_around));
}

bool Link::send(const Request& request) {
    const Pdu pdu = encode(request);
    if (is_serial()) {
        std::array<std::uint8_t, kSerialHeader + Pdu{}.size()> raw{request.unit};
        std::ranges::copy(pdu, raw.begin() + kSerialHeader);
        modbus_set_slave(context_.get(), request.unit);
        const int whole = static_cast<int>(raw.size() + kCheckSum);
        return modbus_send_raw_request(context_.get(), raw.data(), static_cast<int>(raw.size())) ==
               whole;
    }
    // libmodbus sends every raw request as transaction 0; with numbers of our own, a reply that
    // belongs to another request shows itself.
    ++transaction_;
    std::array<std::uint8_t, kTcpHeader + Pdu{}.size()> frame{
        static_cast<std::uint8_t>(transaction_ >> 8U),
        static_cast<std::uint8_t>(transaction_ & 0xFFU),
        0,
        0,
        0,
        static_cast<std::uint8_t>(1 + Pdu{}.size()),
        request.unit};
    std::ranges::copy(pdu, frame.begin() + kTcpHeader);
    const auto sent = ::send(modbus_get_socket(context_.get()), frame.data(), frame.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(frame.size());
}

Exchange Link::judge(const Request& request, const std::uint8_t* frame, std::size_t size) const {
    const std::size_t header = is_serial() ? kSerialHeader : kTcpHeader;
    const std::size_t tail = is_serial() ? kCheckSum : 0;
    if (size < header + tail + 2) return {Reply::garbage, 0, {}, "reply too short"};
    const std::span<const std::uint8_t> bytes(frame, size);
    if (bytes[header - 1] != request.unit) return {Reply::garbage, 0, {}, "reply of another unit"};
    if (!is_serial()) {
        const std::size_t length = static_cast<std::size_t>(bytes[4]) << 8U | bytes[5];
        if (bytes[0] != transaction_ >> 8U || bytes[1] != (transaction_ & 0xFFU))
            return {Reply::garbage, 0, {}, "reply to another request"};
        if (bytes[2] != 0 || bytes[3] != 0 || length != size - kTcpHeader + 1)
            return {Reply::garbage, 0, {}, "reply's header is wrong"};
    }
    const auto pdu = bytes.subspan(header, size - header - tail);
    switch (check_answer(request, pdu)) {
        case Check::answer:
            return {Reply::answer, 0, {pdu.begin(), pdu.end()}, {}};
        case Check::exception:
            return {Reply::exception, pdu[1], {}, exception_text(pdu[1])};
        case Check::foreign:
            break;
    }
    return {Reply::garbage, 0, {}, "reply does not fit the request"};
}

// libmodbus would wait and read three times for one reply; a hall that is looked at all the time
// feels that. Over TCP the frame says itself how long it is.
Exchange Link::receive_tcp(const Request& request, Clock::time_point deadline) const {
    const int fd = modbus_get_socket(context_.get());
    const std::size_t longest = kTcpHeader + answer_size(request);
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
    std::size_t have = 0;
    for (;;) {
        const auto left = std::max(std::chrono::nanoseconds{deadline - Clock::now()},
                                   std::chrono::nanoseconds{0});
        const timespec patience{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
        pollfd readable{fd, POLLIN, 0};
        const int ready = ppoll(&readable, 1, &patience, nullptr);
        if (ready == 0) return {Reply::timeout, 0, {}, "no answer"};
        if (ready < 0 && errno == EINTR) continue;
        const auto got = ready < 0 ? -1 : recv(fd, &frame.at(have), longest - have, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got <= 0) return {Reply::broken, 0, {}, text_of(got == 0 ? ECONNRESET : errno)};
        have += static_cast<std::size_t>(got);
        if (have < kTcpHeader) continue;
        const std::size_t size =
            kTcpHeader - 1 + (static_cast<std::size_t>(frame[4]) << 8U | frame[5]);
        if (size > longest) return {Reply::garbage, 0, {}, "reply's header is wrong"};
        if (have >= size) return judge(request, frame.data(), size);
    }
}

Exchange Link::receive_serial(const Request& request, Clock::time_point deadline) {
    const auto left =
        std::max(std::chrono::ceil<microseconds>(deadline - Clock::now()), microseconds{1});
    modbus_set_response_timeout(context_.get(),
                                static_cast<std::uint32_t>(left.count() / 1'000'000),
                                static_cast<std::uint32_t>(left.count() % 1'000'000));
    std::array<std::uint8_t, MODBUS_MAX_ADU_LENGTH> frame{};
    errno = 0;
    const int got = modbus_receive_confirmation(context_.get(), frame.data());
    if (got > 0) return judge(request, frame.data(), static_cast<std::size_t>(got));
    // Zero: libmodbus saw a frame of another unit on a serial line.
    if (got == 0) return {Reply::garbage, 0, {}, "reply of another unit"};
    const int error = errno;
    if (error == ETIMEDOUT) return {Reply::timeout, 0, {}, "no answer"};
    if (is_frame_error(error)) return {Reply::garbage, 0, {}, text_of(error), true};
    return {Reply::broken, 0, {}, text_of(error)};
}

void Link::clear_line() {
    int unread = 0;
    if (is_serial() && ioctl(modbus_get_socket(context_.get()), FIONREAD, &unread) == 0)
        stray_ = stray_ || unread > 0;
    modbus_flush(context_.get());
}

Exchange Link::exchange(const Request& request, milliseconds patience) {
    await_silence();
    clear_line();
    const auto begun = Clock::now();
    if (!send(request)) {
        Exchange lost{Reply::broken, 0, {}, "cannot send: " + text_of(errno)};
        close();
        return lost;
    }
    const auto deadline =
        begun + std::min<microseconds>(patience + line_time(request), kLongestWait);
    Exchange result =
        is_serial() ? receive_serial(request, deadline) : receive_tcp(request, deadline);
    // On a shared line a straggler of another unit may come first; ours may still follow.
    while (is_serial() && result.reply == Reply::garbage && !result.damaged &&
           Clock::now() < deadline) {
        Exchange more = receive_serial(request, deadline);
        stray_ = true;
        if (more.reply == Reply::timeout) break;
        result = std::move(more);
    }
    quiet_since_ = Clock::now();
    stray_ = stray_ || result.reply == Reply::garbage;
    result.took = std::chrono::duration_cast<microseconds>(quiet_since_ - begun);
    result.latency = std::max(result.took - line_time(request), microseconds{0});
    // Where a damaged frame really ends is not known: let it run out before the line is used again.
    if (result.damaged) quiet_since_ += line_time(request);
    const bool out_of_step = result.reply == Reply::timeout || result.reply == Reply::garbage;
    if (out_of_step && is_serial()) clear_line();
    if (result.reply == Reply::broken || (out_of_step && !is_serial())) close();
    return result;
}

}  // namespace hall::drivers::modbus
