#pragma once
#include "core/bytes.h"
#include "core/key.h"

namespace wardmark {

/// SHA-256 of what a time-stamp authority stamps: "commitment_N HEX\n", the line that `wardmark commit` prints. N is 1
/// (plan and pool) or 2 (released files and commitment 1).
Digest stamp_imprint(int number, const Digest& commitment);

/// A request for a time stamp (RFC 3161, section 2.4.1): the imprint, with the certificate asked for and no nonce.
Bytes stamp_request(int number, const Digest& commitment);

}  // namespace wardmark
