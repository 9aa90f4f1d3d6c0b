#include "drivers/pc/command_hook.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

extern char** environ;  // NOLINT: POSIX's name

namespace hall::drivers {

namespace {

namespace asio = boost::asio;
using Ended = std::function<void(CommandEnded)>;

/// How long the end of the loop waits for a killed command, so that it leaves no zombie.
constexpr int kReapPatienceMs = 1'000;

std::string text_of(int error) {
    return std::system_category().message(error);
}

/// Where a command complains: memory that cannot grow, so that nobody has to read along and nothing
/// that a command says can fill a disk or stop it.
class Complaint {
  public:
    Complaint() : fd_(::memfd_create("complaint", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
        if (fd_ < 0) return;
        if (::ftruncate(fd_, kMost) != 0 ||
            ::fcntl(fd_, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
            ::close(std::exchange(fd_, -1));
        }
    }
    Complaint(Complaint&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Complaint(const Complaint&) = delete;
    Complaint& operator=(const Complaint&) = delete;
    Complaint& operator=(Complaint&&) = delete;
    ~Complaint() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::string text() const {
        std::string text(kMost, '\0');
        const ssize_t got = fd_ < 0 ? 0 : ::pread(fd_, text.data(), text.size(), 0);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        // What was not written is zero.
        text.resize(std::min(text.size(), text.find('\0')));
        return text;
    }

  private:
    static constexpr std::size_t kMost = std::size_t{16} * 1024;
    int fd_;
};

/// What a new process starts with: nothing of ours.
class SpawnRules {
  public:
    explicit SpawnRules(int complaint) {
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        if (complaint >= 0) {
            posix_spawn_file_actions_adddup2(&files, complaint, STDERR_FILENO);
        } else {
            posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        }
        // Sockets, the journal, the bus: none of them may outlive us in a command that hangs.
        posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        // A group of its own: whatever the command starts can be killed with it.
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    SpawnRules(const SpawnRules&) = delete;
    SpawnRules& operator=(const SpawnRules&) = delete;
    ~SpawnRules() {
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
    }

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

/// Returns an error number, 0 when the command runs.
int spawn(const std::vector<std::string>& argv, int complaint, pid_t& pid) {
    std::vector<std::string> owned = argv;
    std::vector<char*> pointers;
    pointers.reserve(owned.size() + 1);
    for (std::string& word : owned) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const SpawnRules rules(complaint);
    return posix_spawnp(&pid, pointers.front(), &rules.files, &rules.attributes, pointers.data(),
                        environ);
}

CommandEnded how_it_ended(const siginfo_t& info) {
    if (info.si_code != CLD_EXITED)
        return {Result::failed, "signal " + std::to_string(info.si_status), std::nullopt, {}};
    if (info.si_status != 0)
        return {
            Result::failed, "exit status " + std::to_string(info.si_status), info.si_status, {}};
    return {Result::done, {}, 0, {}};
}

CommandEnded unseen(const char* why) {
    return {Result::unknown, why, std::nullopt, {}};
}

/// A command that runs. Kept alive by what it waits for; a loop that is destroyed first lets go of
/// it, and so ends it.
class Running : public std::enable_shared_from_this<Running> {
  public:
    Running(asio::io_context& io, pid_t pid, int pidfd, Complaint complaint, Ended ended)
        : pid_(pid),
          process_(io, pidfd),
          timer_(io),
          complaint_(std::move(complaint)),
          ended_(std::move(ended)) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
        if (reaped_) return;
        kill_group();
        pollfd waiting{process_.native_handle(), POLLIN, 0};
        ::poll(&waiting, 1, kReapPatienceMs);
        reap();
    }

    void start(std::chrono::milliseconds timeout) {
        // A process descriptor becomes readable when the process ends: no signal handler, no
        // process number that could meanwhile mean another.
        process_.async_wait(asio::posix::stream_descriptor::wait_read,
                            [self = shared_from_this()](const boost::system::error_code&) {
                                self->process_ended();
                            });
        timer_.expires_after(timeout);
        timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error) self->time_is_up();
        });
    }

  private:
    void process_ended() {
        const auto end = reap();
        timer_.cancel();
        finish(end.value_or(unseen("its end was not seen")));
    }

    void time_is_up() {
        if (reaped_) return;
        // It may have ended in this very moment; then that counts.
        if (auto end = reap()) {
            finish(std::move(*end));
            return;
        }
        kill_group();
        finish(unseen("killed at timeout"));
    }

    void finish(CommandEnded end) {
        end.complaint = complaint_.text();
        if (const Ended ended = std::exchange(ended_, nullptr)) ended(std::move(end));
    }

    /// The group's number stays taken as long as its leader is not reaped.
    void kill_group() const { ::kill(-pid_, SIGKILL); }

    std::optional<CommandEnded> reap() {
        if (reaped_) return std::nullopt;
        siginfo_t info{};
        const int rc = ::waitid(P_PIDFD, static_cast<id_t>(process_.native_handle()), &info,
                                WEXITED | WNOHANG);
        if (rc != 0) {
            // Somebody else reaped it (SIGCHLD ignored): the number is no longer ours to kill.
            reaped_ = errno == ECHILD;
            return std::nullopt;
        }
        if (info.si_pid == 0) return std::nullopt;
        reaped_ = true;
        return how_it_ended(info);
    }

    pid_t pid_;
    asio::posix::stream_descriptor process_;
    asio::steady_timer timer_;
    Complaint complaint_;
    Ended ended_;
    bool reaped_ = false;
};

}  // namespace

void run_command_hook(boost::asio::io_context& io, const std::vector<std::string>& argv,
                      std::chrono::milliseconds timeout, std::function<void(CommandEnded)> ended) {
    const auto refuse = [&](const std::string& why) {
        asio::post(io, [ended = std::move(ended), why] {
            ended({Result::failed, "cannot start: " + why, std::nullopt, {}});
        });
    };
    if (argv.empty() || argv.front().empty()) {
        refuse("no command");
        return;
    }
    pid_t pid = -1;
    Complaint complaint;
    if (const int error = spawn(argv, complaint.fd(), pid); error != 0) {
        refuse(text_of(error));
        return;
    }
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U));
    if (pidfd < 0) {
        // Cannot be watched, so it must not run; a zombie must not remain either.
        const int error = errno;
        ::kill(-pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        asio::post(io, [ended = std::move(ended), error] {
            ended({Result::unknown, "cannot be watched: " + text_of(error), std::nullopt, {}});
        });
        return;
    }
    std::make_shared<Running>(io, pid, pidfd, std::move(complaint), std::move(ended))
        ->start(timeout);
}

}  // namespace hall::drivers
