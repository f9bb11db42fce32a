package formattest

// Primitives are what primitives.json holds: the parts of docs/format.md one by
// one, for whoever writes a reader from the ground up.
type Primitives struct {
	Derived    []Derived
	Passwords  []Stretched
	MACs       []MAC
	Recoveries []RecoveryKey
	Sealed     []Sealed
	Classes    [][2]uint64 // a length and its size class
	Ordered    []Ordered
	Moments    []Moment
	Rows       []StoredRow
	Revisions  []Delta
}

// Derived is HKDF(Secret, Salt, Name).
type Derived struct {
	Secret, Salt Hex
	Name         string
	Key          Hex
}

// Stretched is a password through Argon2id.
type Stretched struct {
	Password     string
	Salt         Hex
	Time, Memory uint32
	Threads      byte
	Key          Hex
}

// A MAC is HMAC(Key, Input) as far as it is used.
type MAC struct {
	Of              string
	Key, Input, MAC Hex
}

// A RecoveryKey is a key with its text, forms of it that a person may type, and
// some that are refused.
type RecoveryKey struct {
	Key            Hex
	Text           string
	Typed, Refused []string
}

// Sealed is a sealed form. Plain is without its Padding, zeros at the end.
type Sealed struct {
	Of      string
	Kind    string
	Key     Hex
	Parts   []Hex // of the associated data, from the vault's id on
	AAD     Hex   // all of it
	Plain   Hex
	Padding int
	Sealed  Hex
}

// Ordered is a number, in decimal, in ordered form.
type Ordered struct {
	Number string
	Bytes  Hex
}

// A Moment is where a time stands.
type Moment struct {
	Time   string
	Moment Hex
}

// A StoredRow is a row that names an origin by number, and its bytes.
type StoredRow struct {
	Origin uint64
	Row    Row
	Bytes  Hex
}

// A Delta is what is kept of Earlier, the content of a revision, when Next
// comes after it.
type Delta struct{ Earlier, Next, Kept Hex }
