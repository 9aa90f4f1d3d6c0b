#pragma once
// Who is enrolled, and whether a credential holds (R26, R27). PINs are checked with Argon2id over a
// keyed hash; the key (pepper) lies outside the staff file. Nothing here ever returns, logs or
// throws a PIN.
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"

namespace hall {

struct Person {
    PersonId id;
    std::string name;
    bool enabled = true;
    std::vector<std::string>
        rights;  ///< `close`, `open`, `window`, `lightbox`, `alarm`; default: all
    bool has_card = false;
};

/// What somebody presents at a panel: a staff number or a card token, and a PIN.
struct Credential {
    std::string staff;
    std::string card;
    std::string pin;
};

struct Accepted {
    Person person;
};
/// Number or PIN does not hold; says never which.
struct Refused {
    PersonId person;
    int attempts_left = 0;
};
/// Too many failures, of this person or at this panel.
struct Locked {
    PersonId person;
    std::chrono::seconds left{0};
};
using CredentialCheck = std::variant<Accepted, Refused, Locked>;

/// The staff file `<state>/staff.json` (0600) with the pepper `<state>/pepper.key` (or
/// $CREDENTIALS_DIRECTORY/pepper). Re-reads the file when it changed. Lock-outs live in
/// `<state>/lockouts.json`.
class Credentials {
  public:
    struct Limits {
        int failures = 5;                     ///< then locked
        std::chrono::seconds lock_first{90};  ///< doubling
        std::chrono::seconds lock_most{30 * 60};
        unsigned long long pin_passes = 2;            ///< Argon2id, at least 2
        std::size_t pin_bytes = 19ULL * 1024 * 1024;  ///< Argon2id, at least 19 MiB (OWASP)
    };
    explicit Credentials(std::filesystem::path state, Limits limits);
    Credentials(std::filesystem::path state);
    ~Credentials();

    /// Slow on purpose (Argon2id): call on a worker thread, one at a time. Lock-outs run on
    /// `now.mono`; over a reboot on the wall clock, and a lock whose end cannot be known runs its
    /// full time again. The attempt is counted durably before the PIN is looked at, and a success
    /// takes it back: no crash and no full disk gives an attempt for free.
    /// @throws std::runtime_error with a sentence when the staff file or the pepper is damaged or
    /// the attempt cannot be counted; nobody is accepted then
    CredentialCheck check(const Credential& credential, const std::string& panel, const Now& now,
                          const std::string& boot_id);

    [[nodiscard]] std::vector<Person> list() const;
    /// @throws std::invalid_argument with a sentence: PIN not 6-12 digits or too simple, number
    /// taken, card taken; std::runtime_error as check(). No rights given means all.
    void add(const Person& person, const std::string& pin, const std::string& card);
    /// Also ends this person's lock-out. The four below throw as add().
    void set_pin(const PersonId& person, const std::string& pin);
    /// An empty token takes the card away.
    void set_card(const PersonId& person, const std::string& card);
    void disable(const PersonId& person);
    /// With the credentials that this person had.
    void enable(const PersonId& person);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hall
