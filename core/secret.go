package core

import (
	"fmt"
	"log/slog"
)

// A Secret is text that must never be printed: a password, a key, a cookie.
// Every way of formatting it, JSON included, gives dots; convert it to a
// string only where it is used.
type Secret string

const dots = "•••"

// String implements fmt.Stringer.
func (Secret) String() string { return dots }

// Format implements fmt.Formatter, for every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, dots) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(dots) }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }
