#include "daemon/shell/credentials.hpp"

#include <sodium.h>

#include <algorithm>

#include "daemon/shell/credentials_lockouts.hpp"
#include "daemon/shell/credentials_secrets.hpp"
#include "daemon/shell/credentials_store.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall {
namespace fs = std::filesystem;
using namespace credentials;

namespace {

/// Numbers that nobody has are counted too, in few drawers: somebody may have typed a PIN there,
/// and a drawer's number does not tell it. So a known number looks no different from an unknown
/// one.
constexpr unsigned kDrawers = 64;

std::string key_of(const PersonId& id) {
    return "person:" + id.value;
}

void refuse_bad_pin(const std::string& staff, const std::string& pin) {
    if (const std::string why = pin_objection(staff, pin); !why.empty())
        throw std::invalid_argument(why);
}

}  // namespace

struct Credentials::Impl {
    fs::path state;
    Limits limits;
    std::string nobody;  ///< what is checked when there is no such person

    [[nodiscard]] PinCost cost() const { return {limits.pin_passes, limits.pin_bytes}; }

    /// Held while the staff file is read, changed and written: hallctl and halld do not race.
    [[nodiscard]] FileLock lock_staff() const {
        make_private_folder(state);
        return FileLock::wait(state / "staff.lock");
    }
    [[nodiscard]] FileLock lock_lockouts() const {
        make_private_folder(state);
        return FileLock::wait(state / "lockouts.lock");
    }

    /// The pepper that the staff file was made with; a new one only while nobody is enrolled.
    [[nodiscard]] Pepper pepper_for(const StaffFile& staff) const {
        auto pepper = Pepper::read(state);
        if (!pepper && !staff.entries.empty())
            throw std::runtime_error((state / "pepper.key").string() +
                                     " is missing: restore it from the backup; without it no PIN "
                                     "of the enrolled staff can be checked");
        if (!pepper) return Pepper::make(state);
        if (!staff.entries.empty() && staff.pepper_id != pepper->id())
            throw std::runtime_error(
                "the pepper is not the one that staff.json was made with: restore the two from the "
                "same backup");
        return std::move(*pepper);
    }

    /// One change of the staff file. `change` gets the file and the pepper.
    template <class Change>
    void change_staff(Change change) const {
        const FileLock lock = lock_staff();
        StaffFile staff = read_staff(state);
        const Pepper pepper = pepper_for(staff);
        staff.pepper_id = pepper.id();
        change(staff, pepper);
        write_staff(state, staff);
    }

    /// Staff and pepper as one reads them for a check.
    [[nodiscard]] std::pair<StaffFile, Pepper> read_all() const {
        // Both are only ever replaced as a whole; the lock is for making the first pepper.
        std::optional<FileLock> lock;
        if (!Pepper::exists(state)) lock = lock_staff();
        StaffFile staff = read_staff(state);
        Pepper pepper = pepper_for(staff);
        return {std::move(staff), std::move(pepper)};
    }
};

Credentials::Credentials(fs::path state, Limits limits)
    : impl_(std::make_unique<Impl>(Impl{std::move(state), limits, {}})) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
    impl_->nobody = nobodys_hash(impl_->cost());
}

Credentials::Credentials(fs::path state) : Credentials(std::move(state), Limits{}) {}

Credentials::~Credentials() = default;

namespace {

/// The person that a card or a number names; both together must name the same one.
const Entry* named_by(const StaffFile& staff, const Pepper& pepper, const Credential& c) {
    const Entry* by_number = c.staff.empty() ? nullptr : staff.find(PersonId{c.staff});
    if (c.card.empty()) return by_number;
    const Entry* by_card = staff.find_card(pepper.card_hash(c.card));
    return c.staff.empty() || by_card == by_number ? by_card : nullptr;
}

}  // namespace

CredentialCheck Credentials::check(const Credential& credential, const std::string& panel,
                                   const Now& now, const std::string& boot_id) {
    const auto [staff, pepper] = impl_->read_all();
    const Entry* entry = named_by(staff, pepper, credential);
    const PersonId person = entry != nullptr ? entry->person.id : PersonId{};
    const std::string& typed = credential.staff.empty() ? credential.card : credential.staff;
    const std::string who = entry != nullptr
                                ? key_of(person)
                                : "unknown:" + std::to_string(pepper.bucket(typed, kDrawers));
    const std::string where = "panel:" + panel;

    int attempts_left = 0;
    {
        const FileLock lock = impl_->lock_lockouts();
        Lockouts lockouts(impl_->state, impl_->limits, boot_id, now);
        const Millis left = std::max(lockouts.left(who), lockouts.left(where));
        if (left > Millis{0}) {
            if (lockouts.changed()) lockouts.write();
            return Locked{person, std::chrono::ceil<std::chrono::seconds>(left)};
        }
        const int mine = lockouts.charge(who);
        attempts_left = std::min(mine, lockouts.charge(where));
        lockouts.write();
    }

    const bool holds = pin_holds(pepper, person.value, credential.pin,
                                 entry != nullptr ? entry->pin_hash : impl_->nobody);
    if (!holds || entry == nullptr) return Refused{person, attempts_left};

    const FileLock lock = impl_->lock_lockouts();
    Lockouts lockouts(impl_->state, impl_->limits, boot_id, now);
    lockouts.clear(who);
    // Somebody who may do nothing any more must not open the panel again for other attempts.
    if (entry->person.enabled) lockouts.ease(where);
    lockouts.write();
    return Accepted{entry->person};
}

std::vector<Person> Credentials::list() const {
    std::vector<Person> people;
    for (Entry& e : read_staff(impl_->state).entries) people.push_back(std::move(e.person));
    return people;
}

void Credentials::add(const Person& person, const std::string& pin, const std::string& card) {
    check_person(person);
    refuse_bad_pin(person.id.value, pin);
    if (!card.empty()) check_card(card);
    impl_->change_staff([&](StaffFile& staff, const Pepper& pepper) {
        if (staff.find(person.id) != nullptr)
            throw std::invalid_argument("this staff number is taken");
        Entry e{person, {}, card.empty() ? std::string{} : pepper.card_hash(card)};
        if (staff.find_card(e.card_hash) != nullptr)
            throw std::invalid_argument("this card belongs to somebody already");
        if (e.person.rights.empty()) e.person.rights = all_rights();
        e.person.has_card = !card.empty();
        e.pin_hash = hash_pin(pepper, person.id.value, pin, impl_->cost());
        staff.entries.push_back(std::move(e));
    });
}

void Credentials::set_pin(const PersonId& person, const std::string& pin) {
    refuse_bad_pin(person.value, pin);
    impl_->change_staff([&](StaffFile& staff, const Pepper& pepper) {
        staff.at(person).pin_hash = hash_pin(pepper, person.value, pin, impl_->cost());
    });
    // Who stands by the administrator need not wait for the old PIN's lock.
    const FileLock lock = impl_->lock_lockouts();
    Lockouts::forget(impl_->state, key_of(person));
}

void Credentials::set_card(const PersonId& person, const std::string& card) {
    if (!card.empty()) check_card(card);
    impl_->change_staff([&](StaffFile& staff, const Pepper& pepper) {
        Entry& e = staff.at(person);
        const std::string hash = card.empty() ? std::string{} : pepper.card_hash(card);
        const Entry* other = staff.find_card(hash);
        if (other != nullptr && other != &e)
            throw std::invalid_argument("this card belongs to somebody already");
        e.card_hash = hash;
        e.person.has_card = !hash.empty();
    });
}

void Credentials::disable(const PersonId& person) {
    impl_->change_staff(
        [&](StaffFile& staff, const Pepper&) { staff.at(person).person.enabled = false; });
}

void Credentials::enable(const PersonId& person) {
    impl_->change_staff(
        [&](StaffFile& staff, const Pepper&) { staff.at(person).person.enabled = true; });
}

}  // namespace hall
