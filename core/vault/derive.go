package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// A purpose is the info of a key derivation: what the derived key is for.
type purpose string

const (
	forHeader   purpose = "header"   // MAC of the header, from the master key
	forWrap     purpose = "wrap"     // wraps the keyring key, from the master key
	forRoot     purpose = "root"     // seals the root, from the master key
	forHead     purpose = "head"     // MAC of heads, from the master key
	forPage     purpose = "page"     // seals pages, from a space's key
	forValue    purpose = "value"    // seals values, from a space's key
	forSameFile purpose = "samefile" // keyed hash of files, from a space's key
	forCache    purpose = "cache:"   // with a name: seals a cache, from the cache key
	forName     purpose = "name:"    // with a name: keyed names of a cache, from the cache key
	forSlot     purpose = "slot"     // wraps the master key, from a recovery key or key file
)

const infoPrefix = "domicile vault 1 "

// derive fills dst with the key for p from secret. salt is nil but for slots.
func derive(dst, secret, salt []byte, p purpose) {
	key, err := hkdf.Key(sha256.New, secret, salt, infoPrefix+string(p), len(dst))
	if err != nil {
		panic(err) // our lengths are within HKDF's
	}
	copy(dst, key)
	clear(key)
}

// mac returns HMAC-SHA-256 of the parts, one after the other.
func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
