package gallery

import (
	"context"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// Files of apps that a scene made, as the paths of samples.
const (
	newApp      = "made:new"
	laterApp    = "made:later"
	sameApp     = "made:same"
	stolenApp   = "made:stolen"
	strangerApp = "made:stranger"
)

// installCases are apps that come as files.
func installCases() []Case {
	file := func(path string) map[string]string { return map[string]string{"app.domicile": path} }
	return []Case{
		{Page: "install", State: "form", Scene: nothingYet, Path: "/install", Says: "install.intro"},
		{Page: "install", State: "a new app", Scene: allowing, Path: "/install", Files: file(newApp), Says: "install.asks-words"},
		{Page: "install", State: "in the place of another version", Scene: allowing, Path: "/install", Files: file(laterApp), Says: "install.changes"},
		{Page: "install", State: "the one that is here", Scene: allowing, Path: "/install", Files: file(sameApp), Says: "install.here"},
		{Page: "install", State: "by another signer", Scene: allowing, Path: "/install", Files: file(stolenApp), Status: 409, Says: "install.why-signer"},
		{Page: "install", State: "no app", Scene: nothingYet, Path: "/install", Files: file(unknown), Status: 400, Says: "install.why-invalid"},
		{Page: "install", State: "no file chosen", Scene: nothingYet, Path: "/install", Form: map[string][]string{"none": {""}}, Status: 422, Says: "install.why-invalid_file"},
		{Page: "install", State: "what waits no more", Scene: nothingYet, Path: "/install/accept", Form: map[string][]string{"file": {"x"}}, Status: 404, Says: "install.why-not_found"},
		{Page: "install", State: "hostile", Scene: hostile, Path: "/install", Files: file(strangerApp), Says: "install.before"},
		{Page: "apps", State: "one was installed", Scene: allowing, Path: "/apps?installed=parcels", Says: "install.done.do"},
		{Page: "apps", State: "one was removed", Scene: nothingYet, Path: "/apps?removed=1", Says: "uninstall.done"},
		{Page: "app", State: "that came as a file", Scene: allowing, Path: "/apps/parcels", Says: "uninstall.go"},
		{Page: "uninstall", State: "of one that may read", Scene: allowing, Path: "/apps/parcels/remove", Says: "uninstall.now"},
		{Page: "uninstall", State: "hostile", Scene: hostile, Path: "/apps/guest/remove", Says: "uninstall.now"},
		{Page: "problem", State: "no app to remove", Scene: allowing, Path: "/apps/bills/remove", Status: 404, Says: "problem.not_found"},
	}
}

// parcels is an app that comes as a file.
func parcels() App {
	watch := Watch()
	return App{ID: "parcels", Name: "Parcels", About: "Says what was ordered and has not come.", Purpose: "To know what was paid.", Reads: []protocol.Read{askBills()}, End: Ends, Lines: slices.Clone(watch.Lines)}
}

// offerFiles installs an app from a file, lets it read, and makes files that are
// offered after it.
func (h *House) offerFiles(ctx context.Context) (err error) {
	first, later, fresh := parcels(), parcels(), parcels()
	bills := protocol.Read{Type: record.TypeBill, Fields: []string{"time", "vendor", "amount", "currency", "number"}, Period: "P36M", Granularity: protocol.Records}
	bank := protocol.Read{Type: record.TypeTransaction, Fields: []string{"time", "bank_account", "amount", "currency"}, Period: "P12M", Granularity: protocol.Monthly, Optional: true}
	later.Reads, later.Packs, later.Acts = []protocol.Read{bills, bank}, []string{"phone-plans"}, acts("https://offers.insurer.test/acceptances")
	fresh.ID, fresh.Name, fresh.Packs = "garden", "Garden", []string{"weather-degree-days", "public-holidays"}
	for path, make := range map[string]struct {
		App
		version string
		seed    byte
	}{sameApp: {first, "1.0.0", 3}, laterApp: {later, "1.2.0", 3}, stolenApp: {later, "1.2.0", 4}, newApp: {fresh, "0.3.1", 5}} {
		if h.made[path], err = make.Signed(make.version, "A made-up workshop", make.seed); err != nil {
			return err
		}
	}
	if _, err := h.Apps.Install(ctx, h.made[sameApp]); err != nil {
		return err
	}
	return h.allow(ctx, "parcels", nil)
}

// hostileFile installs an enemy's app from a file, and makes another.
func (h *House) hostileFile(ctx context.Context) (err error) {
	guest := hostileApps()[0]
	guest.ID = "guest"
	file, err := guest.Signed("1.0.0", "<b onmouseover=alert(1)>Workshop</b>", 6)
	if err != nil {
		return err
	}
	if _, err := h.Apps.Install(ctx, file); err != nil {
		return err
	}
	guest.ID = "stranger"
	h.made[strangerApp], err = guest.Signed("1.0.0", strings.Repeat("long", 70), 6)
	return err
}
