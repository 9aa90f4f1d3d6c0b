#pragma once
// POST /api/<action>: checks the body, checks the credential on a worker thread (Argon2id takes its
// time), and only then hands the fact to the rules. Nothing of a credential goes any further than
// here.
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/panel/server.hpp"
#include "daemon/shell/credentials.hpp"
#include "daemon/shell/loop.hpp"
#include "daemon/telemetry/state_json.hpp"

namespace hall {

class Actions {
  public:
    using Done = std::function<void(panel::Reply)>;

    Actions(boost::asio::io_context& io, const SiteConfig& site, Loop& loop,
            Credentials& credentials, std::string boot_id, std::function<std::string()> state);
    ~Actions();

    void act(const std::string& action, const std::string& body, Done done);

  private:
    /// Makes the event once the person is known; the id goes into its `request`.
    using Make = std::function<Event(RequestId, const PersonId&)>;
    struct Job;

    void submit(const std::shared_ptr<Job>& job);
    void authenticate(std::shared_ptr<Job> job);
    /// What was found of the one person, or of both.
    void checked(const std::shared_ptr<Job>& job, const std::vector<CredentialCheck>& results);
    /// On the worker's thread: one person, or both of a handover; none when it cannot be told.
    std::optional<std::vector<CredentialCheck>> verify(Job& job, const Now& now);
    /// None: this person may. @param which `from` or `to` of a handover, otherwise empty
    std::optional<panel::Reply> objection(const Job& job, const CredentialCheck& result,
                                          const char* which);
    [[nodiscard]] panel::Reply refusal(
        int status, const std::string& code,
        const std::vector<std::pair<std::string, std::string>>& args) const;
    [[nodiscard]] panel::Reply reply_to(const std::optional<Answer>& answer);

    boost::asio::io_context& io_;
    const SiteConfig& site_;
    Loop& loop_;
    Credentials& credentials_;
    std::string boot_id_;
    std::function<std::string()> state_;
    /// One thread, which takes no signals: they are the loop's.
    static boost::asio::thread_pool make_verifier();

    boost::asio::thread_pool verifier_ = make_verifier();
    std::size_t verifying_ = 0;
};

}  // namespace hall
