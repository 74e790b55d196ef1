#include "core/release.h"

#include <sodium.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {

NameKeys::NameKeys(const Subkey& key) : name_key(key), input(key.derive("input-hash")), leaf(key.derive("leaf-salt")) {}

ReleaseKeys::ReleaseKeys(const Subkey& name_key, const ReleaseId& id) {
  const Subkey release = name_key.derive("release", {text_of(ByteView(id))});
  salt = release.derive("commitment-salt");
  pool_root = release.derive("pool-root");
  seal = release.derive("record-seal");
  mac = release.derive("record-mac");
  uids = release.derive("dicom-uids");
}

Subkey pool_key(const Subkey& pool_root, std::uint32_t j) { return pool_root.derive("pool", {std::to_string(j)}); }

Draw draw_release(const Subkey& pool_root, const Digest& commitment_1, const std::optional<std::string>& beacon,
                  std::uint32_t pool, std::uint32_t classes) {
  const Subkey key = pool_root.derive("draw", {beacon ? "beacon" : "self", beacon.value_or(""), text_of(commitment_1)});
  Draw draw;
  draw.pool_index = Stream(key, "pool-index").below(pool);
  draw.slots = Stream(key, "assignment").permutation(classes);
  draw.pool_key = pool_key(pool_root, draw.pool_index);
  draw.coins = key.derive("coins");
  return draw;
}

int twin_coin(const Draw& draw, std::string_view unit) {
  return static_cast<int>(Stream(draw.coins, "twin", unit).below(2));
}

std::vector<std::uint32_t> spare_slots(const Draw& draw, std::string_view class_name, std::uint32_t spare) {
  std::vector<std::uint32_t> slots = Stream(draw.coins, "spare-slots", class_name).permutation(spare);
  for (std::uint32_t& slot : slots) slot += static_cast<std::uint32_t>(draw.slots.size());
  return slots;
}

std::string BeaconRound::value(std::string_view network) const {
  return std::string(network) + ":" + std::to_string(round) + ":" + randomness;
}

BeaconRound parse_beacon(std::string_view text) {
  constexpr auto hint = "give the JSON of the round as the beacon publishes it: round, randomness, signature";
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto has = [&](const char* name) { return json.contains(name) && json[name].is_string(); };
  if (!json.is_object() || !json.contains("round") || !json["round"].is_number_unsigned() || !has("randomness") ||
      !has("signature")) {
    throw Error(Code::beacon, "not a beacon round", hint);
  }
  BeaconRound beacon;
  beacon.round = json["round"].get<std::uint64_t>();
  try {
    const Bytes signature = from_hex(json["signature"].get<std::string>());
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), signature.data(), signature.size());
    beacon.randomness = to_hex(from_hex(json["randomness"].get<std::string>()));
    if (beacon.randomness != to_hex(ByteView(hash))) {
      throw Error(Code::beacon, "the beacon's randomness is not the SHA-256 of its signature", hint);
    }
  } catch (const Error& error) {
    if (error.code() == Code::beacon) throw;
    throw Error(Code::beacon, "the beacon's randomness or signature is not hexadecimal", hint);
  }
  return beacon;
}

}  // namespace wardmark
