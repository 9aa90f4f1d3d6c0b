#include "daemon/shell/actions.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include "daemon/shell/action_body.hpp"
#include "daemon/telemetry/names.hpp"
#include "drivers/worker_thread.hpp"

namespace hall {

namespace {

using nlohmann::json;

/// One panel: the requests of all browsers count together for its lock-out (R27).
constexpr const char* kPanel = "panel";
/// Verifications wait in line; a longer line is somebody hammering.
constexpr std::size_t kMostWaiting = 8;

void forget(Credential& credential) {
    sodium_memzero(credential.pin.data(), credential.pin.size());
    credential.pin.clear();
}

int status_of(Answer::Kind kind) {
    switch (kind) {
        case Answer::Kind::done:
            return 200;
        case Answer::Kind::malformed:
            return 400;
        case Answer::Kind::forbidden:
            return 403;
        case Answer::Kind::conflict:
            return 409;
    }
    return 500;
}

}  // namespace

struct Actions::Job {
    std::string action;
    ParsedAction parsed;
    Done done;
};

boost::asio::thread_pool Actions::make_verifier() {
    const drivers::SignalsBlocked blocked;
    return boost::asio::thread_pool{1};
}

Actions::Actions(boost::asio::io_context& io, const SiteConfig& site, Loop& loop,
                 Credentials& credentials, std::string boot_id, std::function<std::string()> state)
    : io_(io),
      site_(site),
      loop_(loop),
      credentials_(credentials),
      boot_id_(std::move(boot_id)),
      state_(std::move(state)) {}

Actions::~Actions() {
    verifier_.stop();
    verifier_.join();
}

panel::Reply Actions::refusal(int status, const std::string& code,
                              const std::vector<std::pair<std::string, std::string>>& args) const {
    json body{{"result", "rejected"},
              {"code", code},
              {"reason", code},
              {"message", telemetry::sentence(site_, code, args)}};
    for (const auto& [key, value] : args) {
        if (key == "attempts_left" || key == "seconds_left") {
            body[key] = std::stoll(value);
        } else {
            body[key] = value;
        }
    }
    return {status, body.dump()};
}

panel::Reply Actions::reply_to(const std::optional<Answer>& answer) {
    if (!answer) return refusal(503, "journal_unavailable", {});
    if (answer->kind == Answer::Kind::done) return {200, state_()};
    panel::Reply reply = refusal(status_of(answer->kind), answer->code, answer->args);
    if (answer->kind == Answer::Kind::conflict) {
        json body = json::parse(reply.body);
        body["plan"] = telemetry::closing_json(site_, loop_.view()).at("plan");
        reply.body = body.dump();
    }
    return reply;
}

void Actions::act(const std::string& action, const std::string& body, Done done) {
    ParsedBody parsed = parse_action(site_, action, body);
    if (!parsed.action) {
        const int status = parsed.known ? 400 : 404;
        const std::string& field = parsed.fault.field;
        done(refusal(status, parsed.fault.code, {{"field", field}, {"id", field}}));
        return;
    }
    auto job = std::make_shared<Job>(Job{action, std::move(*parsed.action), std::move(done)});
    const bool anonymous =
        job->parsed.credential.staff.empty() && job->parsed.credential.card.empty();
    if (anonymous) {
        submit(job);
    } else {
        authenticate(std::move(job));
    }
}

void Actions::authenticate(std::shared_ptr<Job> job) {
    if (!loop_.journal_available()) {
        job->done(refusal(503, "journal_unavailable", {}));
        return;
    }
    if (verifying_ >= kMostWaiting) {
        job->done(refusal(503, "busy", {}));
        return;
    }
    ++verifying_;
    boost::asio::post(verifier_, [this, job = std::move(job), now = loop_.now()] {
        std::optional<std::vector<CredentialCheck>> results = verify(*job, now);
        boost::asio::post(io_, [this, job, results = std::move(results)] {
            --verifying_;
            // A damaged staff file is nobody's wrong PIN.
            if (!results) return job->done(refusal(503, "credentials_unavailable", {}));
            checked(job, *results);
        });
    });
}

std::optional<std::vector<CredentialCheck>> Actions::verify(Job& job, const Now& now) {
    std::vector<CredentialCheck> results;
    try {
        results.push_back(credentials_.check(job.parsed.credential, kPanel, now, boot_id_));
        // The second person's attempt does not count when the first one's failed.
        if (job.parsed.second && std::holds_alternative<Accepted>(results.front()))
            results.push_back(
                credentials_.check(job.parsed.second->credential, kPanel, now, boot_id_));
    } catch (const std::exception& e) {
        spdlog::error("credentials cannot be checked: {}", e.what());
        results.clear();
    }
    forget(job.parsed.credential);
    if (job.parsed.second) forget(job.parsed.second->credential);
    if (results.empty()) return std::nullopt;
    return results;
}

std::optional<panel::Reply> Actions::objection(const Job& job, const CredentialCheck& result,
                                               const char* which) {
    using Args = std::vector<std::pair<std::string, std::string>>;
    const auto no = [&](int status, const char* code, Args args = {}) {
        if (*which != '\0') args.emplace_back("who", which);
        return refusal(status, code, args);
    };
    if (const auto* locked = std::get_if<Locked>(&result)) {
        loop_.dispatch(CredentialRefused{kPanel, locked->person, job.action, true});
        const std::string left = std::to_string(locked->left.count());
        return no(423, "locked", {{"seconds_left", left}, {"seconds", left}});
    }
    if (const auto* refused = std::get_if<Refused>(&result)) {
        loop_.dispatch(CredentialRefused{kPanel, refused->person, job.action, false});
        return no(401, "wrong_credential",
                  {{"attempts_left", std::to_string(refused->attempts_left)}});
    }
    const Person& person = std::get<Accepted>(result).person;
    if (!person.enabled) return no(403, "disabled");
    const std::string right = job.parsed.right;
    if (!right.empty() &&
        std::find(person.rights.begin(), person.rights.end(), right) == person.rights.end())
        return no(403, "not_allowed");
    return std::nullopt;
}

void Actions::checked(const std::shared_ptr<Job>& job,
                      const std::vector<CredentialCheck>& results) {
    const bool two = job->parsed.second.has_value();
    for (std::size_t i = 0; i < results.size(); ++i) {
        const char* which = !two ? "" : i == 0 ? "from" : "to";
        if (auto no = objection(*job, results[i], which)) return job->done(std::move(*no));
    }
    const Person& person = std::get<Accepted>(results.front()).person;
    const RequestId id = loop_.expect([this, job, person](const std::optional<Answer>& answer) {
        panel::Reply reply = reply_to(answer);
        // Told to the screen where the credential was given, and to nobody else: the state that
        // everybody sees names people only where that is configured (R28).
        if (reply.status == 200) {
            json body = json::parse(reply.body);
            body["person"] = {{"staff", person.id.value}, {"name", person.name}};
            reply.body = body.dump();
        }
        job->done(std::move(reply));
    });
    if (two) {
        const Person& second = std::get<Accepted>(results.back()).person;
        loop_.dispatch(job->parsed.second->make(id, person.id, second.id));
    } else {
        loop_.dispatch(job->parsed.make(id, person.id));
    }
}

void Actions::submit(const std::shared_ptr<Job>& job) {
    const RequestId id = loop_.expect(
        [this, job](const std::optional<Answer>& answer) { job->done(reply_to(answer)); });
    loop_.dispatch(job->parsed.make(id, PersonId{}));
}

}  // namespace hall
