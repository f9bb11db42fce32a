package home_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestHome_walks_a_record_through_all_its_walls(t *testing.T) {
	t.Parallel()
	dir, s, l := t.TempDir(), shared(t), &log{}
	h, r := unlocked(t, dir, s, l)
	telco, address := operator(t, providers.TelcoConfig{Seed: 7, Months: 4})
	src := addTelco(t, r, telco, address)

	first := pull(t, r, src)
	if first.State != connect.Succeeded || first.Counts.Added == 0 {
		t.Fatalf("first run: %+v", first)
	}
	counts, err := r.Query.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := counts.OfType(record.TypeBill), len(telco.Bills()); got != want {
		t.Errorf("%d bills, want %d", got, want)
	}
	if second := pull(t, r, src); second.State != connect.Succeeded || second.Counts.Added+second.Counts.Updated != 0 {
		t.Errorf("a second run: %+v", second)
	}
	for _, bill := range telco.Bills() {
		found := find(t, r, bill.Keyword)
		if found.Total != 1 || found.Hits[0].Record.Type != record.TypeBill {
			t.Errorf("%q, which stands only in a PDF: %d found", bill.Keyword, found.Total)
			continue
		}
		if p := found.Hits[0].Record.Provenance; p.Run != first.ID || p.Connector != "ondine" || len(p.Module) != 64 || len(p.Evidence) != 64 {
			t.Errorf("provenance %+v", p)
		}
	}
	log, hops, err := r.Connect.Log(t.Context(), src.ID, first.ID)
	if err != nil || len(hops) < len(telco.Bills()) {
		t.Errorf("log %v, %d hops, %v", log, len(hops), err)
	}

	// Reopened, with the password alone, everything is there.
	before := total(t, r)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, home.Cache)); err != nil {
		t.Fatal(err)
	}
	_, r = unlocked(t, dir, s, l)
	if got := total(t, r); got != before {
		t.Errorf("%d records after reopening, want %d", got, before)
	}
	if found := find(t, r, telco.Bills()[0].Keyword); found.Total != 1 {
		t.Errorf("found %d once the cache was deleted", found.Total)
	}
}

func TestHome_each_fault_of_the_provider_ends_in_its_code(t *testing.T) {
	t.Parallel()
	s, l := shared(t), &log{}
	_, r := unlocked(t, t.TempDir(), s, l)
	telco, address := operator(t, providers.TelcoConfig{Seed: 3, Months: 3, Delay: time.Second, Pause: time.Second})
	src := addTelco(t, r, telco, address)
	for _, tc := range []struct {
		kind  providers.FaultKind
		after int
		want  core.Code
	}{
		{providers.Error500, 0, protocol.Unavailable},
		{providers.Error500, 6, protocol.Unavailable},
		{providers.Maintenance, 3, protocol.Unavailable},
		{providers.RateLimit, 5, protocol.RateLimited},
		{providers.SessionExpired, 4, protocol.AuthExpired},
		{providers.Layout, 0, protocol.SourceChanged},
		{providers.Partial, 0, protocol.SourceChanged},
		{providers.Truncated, 6, protocol.Unavailable},
		{providers.WrongPassword, 0, protocol.AuthFailed},
		{providers.Terms, 0, protocol.ActionNeeded},
		{providers.Cut, 7, protocol.Unavailable},
	} {
		telco.SetFault(providers.Fault{Kind: tc.kind, After: tc.after})
		run := pull(t, r, src)
		telco.SetFault(providers.Fault{})
		if run.Problem == nil || run.Problem.Code != tc.want || run.State != connect.Failed {
			t.Errorf("%s after %d: %s, %+v, want %s", tc.kind, tc.after, run.State, run.Problem, tc.want)
		}
	}
	if run := pull(t, r, src); run.State != connect.Succeeded {
		t.Fatalf("a good run after the faults: %+v %+v", run, run.Problem)
	}
	counts, err := r.Query.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, b := range telco.Bills() {
		calls += len(telco.Calls(b.Month))
	}
	if counts.OfType(record.TypeBill) != len(telco.Bills()) || counts.OfType(record.TypeCall) != calls {
		t.Errorf("%d bills and %d calls, want %d and %d", counts.OfType(record.TypeBill), counts.OfType(record.TypeCall), len(telco.Bills()), calls)
	}
}

func TestHome_refuses_the_same_account_twice_and_a_wrong_password(t *testing.T) {
	t.Parallel()
	_, r := unlocked(t, t.TempDir(), shared(t), &log{})
	telco, address := operator(t, providers.TelcoConfig{Seed: 1, Months: 1})
	n := newTelcoSource(telco, address)
	n.Secrets["password"] = "wrong"
	if _, err := r.Connect.Add(t.Context(), n); core.CodeOf(err) != protocol.AuthFailed {
		t.Errorf("wrong password: %v", err)
	}
	if sources, err := r.Connect.Sources(t.Context()); err != nil || len(sources) != 0 {
		t.Errorf("%d sources kept, %v", len(sources), err)
	}
	addTelco(t, r, telco, address)
	if _, err := r.Connect.Add(t.Context(), newTelcoSource(telco, address)); core.CodeOf(err) != core.Conflict {
		t.Errorf("twice: %v", err)
	}
}

func TestHome_import_is_read_undone_and_read_again(t *testing.T) {
	t.Parallel()
	_, r := unlocked(t, t.TempDir(), shared(t), &log{})
	statement, err := os.ReadFile("../../cmd/domicile/demo/releve-karim.ofx")
	if err != nil {
		t.Fatal(err)
	}
	bring := func(content []byte) connect.Run {
		source, run, err := r.Connect.Import(t.Context(), "releve.ofx", bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		ended, err := r.Connect.Wait(t.Context(), source, run, nil)
		if err != nil {
			t.Fatal(err)
		}
		return ended
	}
	first := bring(statement)
	if first.State != connect.Succeeded || first.Counts.Added != 13 || first.File == nil {
		t.Fatalf("import: %+v %+v", first, first.Problem)
	}
	if again := bring(statement); again.Counts.Added != 0 {
		t.Errorf("the same file again added %d", again.Counts.Added)
	}
	if found := find(t, r, "boulangerie"); found.Total != 2 {
		t.Errorf("two equal purchases: %d found", found.Total)
	}
	broken := bring(bytes.Replace(statement, []byte("-61.40"), []byte("sixty"), 1))
	if broken.Problem == nil || broken.Problem.Code != protocol.InvalidFile || broken.Counts.Added != 0 {
		t.Errorf("a broken amount: %+v %+v", broken.Counts, broken.Problem)
	}
	if _, _, err := r.Connect.Import(t.Context(), "x.bin", strings.NewReader("nothing known")); core.CodeOf(err) != protocol.InvalidFile {
		t.Errorf("an unknown file: %v", err)
	}
	for _, run := range []core.RunID{2, 1} {
		if _, err := r.Connect.Undo(t.Context(), first.Source, run); err != nil {
			t.Fatal(err)
		}
	}
	if n := total(t, r); n != 0 {
		t.Errorf("%d records after the undo", n)
	}
	if found := find(t, r, "boulangerie"); found.Total != 0 {
		t.Errorf("%d still found after the undo", found.Total)
	}
	if back := bring(statement); back.Counts.Added != 13 {
		t.Errorf("read again after the undo: %d added", back.Counts.Added)
	}
}

func TestHome_forgotten_source_leaves_nothing(t *testing.T) {
	t.Parallel()
	_, r := unlocked(t, t.TempDir(), shared(t), &log{})
	telco, address := operator(t, providers.TelcoConfig{Seed: 1, Months: 2})
	src := addTelco(t, r, telco, address)
	pull(t, r, src)
	keyword := telco.Bills()[0].Keyword
	if find(t, r, keyword).Total != 1 {
		t.Fatal("not found before")
	}
	if err := r.Connect.Forget(t.Context(), src.ID); err != nil {
		t.Fatal(err)
	}
	if n := total(t, r); n != 0 {
		t.Errorf("%d records left", n)
	}
	if found := find(t, r, keyword); found.Total != 0 {
		t.Errorf("%d found afterwards", found.Total)
	}
}

func TestHome_locked_refuses_everything(t *testing.T) {
	t.Parallel()
	h, r := unlocked(t, t.TempDir(), shared(t), &log{})
	telco, address := operator(t, providers.TelcoConfig{Seed: 1, Months: 2, Delay: time.Minute})
	src := addTelco(t, r, telco, address)
	telco.SetFault(providers.Fault{Kind: providers.Slow})
	run, err := r.Connect.Start(t.Context(), src.ID, connect.ByPerson)
	if err != nil {
		t.Fatal(err)
	}
	h.Lock() // ends the run that hangs on the provider
	if _, err := h.Rooms(); core.CodeOf(err) != core.Locked {
		t.Errorf("rooms: %v", err)
	}
	if _, err := r.Query.Counts(t.Context()); core.CodeOf(err) != core.Locked {
		t.Errorf("query: %v", err)
	}
	if err := h.Unlock(t.Context(), vault.Password("wrong")); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("wrong password: %v", err)
	}
	if err := h.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	if ended, err := rooms(t, h).Connect.Run(t.Context(), src.ID, run); err != nil || ended.State != connect.Cancelled {
		t.Errorf("the run: %+v, %v", ended, err)
	}
}

// TestCanary plants words and looks for them in every file that the home, its
// worker or the system's temporary folder holds.
func TestCanary(t *testing.T) {
	dir, temp, l := t.TempDir(), t.TempDir(), &log{}
	s := shared(t)
	t.Setenv("TMPDIR", temp)
	h, r := unlocked(t, dir, s, l)
	telco, address := operator(t, providers.TelcoConfig{Seed: 11, Months: 3, Password: "motdepasse-zirconium"})
	n := newTelcoSource(telco, address)
	n.Label = "Etiquette-Quetzal"
	src, err := r.Connect.Add(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if run := pull(t, r, src); run.State != connect.Succeeded {
		t.Fatalf("%+v", run.Problem)
	}
	statement := strings.NewReader(strings.Replace(ofx, "LIBELLE", "Boutique-Ornithorynque", 1))
	source, run, err := r.Connect.Import(t.Context(), "Compte-Axolotl.ofx", statement)
	if err != nil {
		t.Fatal(err)
	}
	if ended, err := r.Connect.Wait(t.Context(), source, run, nil); err != nil || ended.State != connect.Succeeded {
		t.Fatalf("%+v, %v", ended.Problem, err)
	}
	const asked = "requete-Tamanoir"
	find(t, r, asked)
	keyword := telco.Bills()[0].Keyword
	if find(t, r, keyword).Total != 1 || find(t, r, "Ornithorynque").Total != 1 {
		t.Fatal("the planted words were not taken in: the test would prove nothing")
	}
	planted := []string{"Quetzal", "zirconium", "Ornithorynque", "Axolotl", "Tamanoir", keyword, "ondine", "Ondine",
		telco.User(), telco.Client(), telco.Bills()[0].Number, password, src.ID.String()}
	look := func(when string) {
		for _, root := range []string{dir, temp} {
			holdsNone(t, when, root, planted)
		}
		for _, word := range planted {
			if strings.Contains(strings.ToLower(l.String()), strings.ToLower(word)) && word != src.ID.String() {
				t.Errorf("%s: the log holds %q", when, word)
			}
		}
	}
	look("open")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	look("closed")
}

const ofx = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM>" +
	"<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260105<TRNAMT>-1.00<FITID>1<NAME>LIBELLE</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"

// holdsNone looks for words, in any case and in both widths, in every file and
// file name below root.
func holdsNone(t *testing.T, when, root string, words []string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() && !d.IsDir() {
			return err
		}
		var content []byte
		if !d.IsDir() {
			if content, err = os.ReadFile(path); err != nil {
				return err
			}
			files++
		}
		low := bytes.ToLower(append(content, strings.TrimPrefix(path, root)...))
		for _, word := range words {
			for _, form := range [][]byte{[]byte(strings.ToLower(word)), wide(strings.ToLower(word))} {
				if bytes.Contains(low, form) {
					t.Errorf("%s: %s holds %q", when, path, word)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(root, "001") && files == 0 {
		t.Errorf("%s: no file was looked at in %s", when, root)
	}
}

// wide is word with two bytes a character.
func wide(word string) []byte {
	var b []byte
	for _, c := range []byte(word) {
		b = append(b, c, 0)
	}
	return b
}
