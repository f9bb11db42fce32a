package fetch

import (
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/domicile-home/domicile/core"
)

var errTOTP = errors.New("the key of one-time codes is not base32 or an otpauth URL")

// totpCode returns the code of key at the time at (RFC 6238): six digits each
// 30 seconds by SHA-1 unless key is an otpauth URL that says otherwise.
func totpCode(key core.Secret, at time.Time) (string, error) {
	text, opts := string(key), totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix}
	if strings.HasPrefix(strings.ToLower(text), "otpauth:") {
		k, err := otp.NewKeyFromURL(text)
		if err != nil || k.Type() != "totp" || k.Encoder() != otp.EncoderDefault {
			return "", errTOTP
		}
		text = k.Secret()
		opts = totp.ValidateOpts{Period: uint(k.Period()), Digits: k.Digits(), Algorithm: k.Algorithm()}
	}
	if opts.Period < 1 || opts.Period > 300 || opts.Digits < 6 || opts.Digits > 8 || at.Unix() < 0 {
		return "", errTOTP
	}
	text = strings.TrimRight(strings.NewReplacer(" ", "", "-", "").Replace(text), "=")
	if text == "" {
		return "", errTOTP
	}
	code, err := totp.GenerateCodeCustom(text, at, opts)
	if err != nil {
		return "", errTOTP
	}
	return code, nil
}
