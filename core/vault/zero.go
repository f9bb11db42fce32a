package vault

import (
	"crypto/cipher"
	"reflect"
	"unsafe"

	"golang.org/x/crypto/chacha20poly1305"
)

// zeroAEAD overwrites the copy of the key inside a cipher, which the library
// gives no way to do. It looks for the one field it knows, and does nothing
// should the library change.
func zeroAEAD(aead cipher.AEAD) {
	v := reflect.ValueOf(aead)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return
	}
	field := v.Elem().FieldByName("key")
	if !field.IsValid() || field.Type() != reflect.TypeFor[[chacha20poly1305.KeySize]byte]() {
		return
	}
	key := (*[chacha20poly1305.KeySize]byte)(unsafe.Pointer(field.UnsafeAddr()))
	clear(key[:])
}
