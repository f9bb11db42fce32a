package locale

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Country returns the name of a country, or its code, of ISO 3166-1, when that
// is none.
func (l *Locale) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	names := display.English.Regions()
	if l.Lang == French {
		names = display.French.Regions()
	}
	return names.Name(region)
}
