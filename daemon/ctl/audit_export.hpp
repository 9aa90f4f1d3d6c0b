#pragma once
// A journal as JSON lines, to be checked on another machine with the public key alone:
//
//   {"origin":{"hash":...,"seq":...,"signature":...}}    what the first record follows
//   {"body":"...","hash":...,"prev":...,"seq":...}       one a record; `body` is the signed text
//   {"head":{"hash":...,"key_id":...,"seq":...,"signature":...}}
//
// An export that begins in the middle has an origin without `signature`: the chain up to the signed
// head proves its first record all the same, but not that nothing came before it.
#include <cstdint>
#include <filesystem>
#include <iosfwd>

#include "daemon/ctl/journal_reader.hpp"

namespace hall::ctl {

/// Writes records with seq >= from, checked on the way.
/// @throws RefusedError with the record's number when the journal does not hold
void write_export(const JournalReader& journal, const journal_format::PublicKey& key,
                  std::uint64_t from, std::ostream& out);

struct ExportVerification {
    bool intact = false;
    std::uint64_t first = 0;  ///< number of the first record
    std::uint64_t records = 0;
    std::uint64_t bad_seq = 0;  ///< the record that does not hold; 0: none in particular
    JournalHead head;           ///< when intact
    std::string what;           ///< what is wrong, or what an intact export does not prove
};
/// Any changed byte of a line is found. @throws UsageError when the file cannot be read
ExportVerification verify_export(const std::filesystem::path& file,
                                 const journal_format::PublicKey& key);

}  // namespace hall::ctl
