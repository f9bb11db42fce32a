package main

import (
	"bufio"
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/examples/providers"
)

// TestMain lets the stories run this program: the test binary is it, under the
// name domicile.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"domicile": main, "restricted": restricted})
}

// TestStories runs testdata/script: what people and scripts do, and what they
// see. Beside testscript's own commands there are
//
//	telco           starts the simulated operator on loopback: $TELCO, $TELCO_USER
//	fault [KIND]    makes it misbehave; without KIND no longer
//	publisher       starts the simulated publisher of packs on loopback: $PUBLISHER
//	status N CMD…   runs CMD, which must end with this exit status
//	capture VAR RE  sets VAR to the group of RE in the last standard output
//	serve FLAGS…    runs domicile serve until it says where: $URL
//	                with UNIT set, as that unit of systemd would
//	restricted UNIT CMD…  runs CMD as a unit would
//	shut            ends it, as a system would
//	make TARGET     has make say what it would do
func TestStories(t *testing.T) {
	t.Parallel()
	stories(t, testscript.Params{Dir: "testdata/script"})
}

// stories runs scripts with the commands of TestStories.
func stories(t *testing.T, p testscript.Params) {
	t.Helper()
	environment := goEnvironment(t)
	p.Setup = func(e *testscript.Env) error {
		for name, value := range environment {
			e.Setenv(name, value)
		}
		e.Setenv("HOME", filepath.Join(e.WorkDir, "user"))
		e.Setenv("XDG_DATA_HOME", "")
		e.Setenv("PASSWORD", "sept hiboux sous un noisetier")
		e.Values[telcoKey{}], e.Values[servedKey{}] = new(*providers.Telco), new(*exec.Cmd)
		return nil
	}
	p.Cmds = map[string]func(*testscript.TestScript, bool, []string){
		"telco": startTelco, "publisher": startPublisher, "fault": setFault, "status": wantStatus, "capture": capture, "serve": startServe, "shut": stopServe,
		"make": hasTarget,
	}
	testscript.Run(t, p)
}

type telcoKey struct{}
type servedKey struct{}

// goEnvironment is what go build needs, for connectors under development, and
// where they are.
func goEnvironment(t *testing.T) map[string]string {
	t.Helper()
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"GOROOT", "GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY"}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"REPOSITORY": repository}
	for i, value := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		environment[names[i]] = value
	}
	return environment
}

func hasTarget(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: make TARGET")
	}
	ts.Check(ts.Exec("make", "-n", "-C", ts.Getenv("REPOSITORY"), args[0]))
}

func startTelco(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: telco")
	}
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 1, Months: 2, Delay: time.Second, Pause: time.Second})
	server := httptest.NewServer(telco)
	ts.Defer(server.Close)
	*ts.Value(telcoKey{}).(**providers.Telco) = telco
	ts.Setenv("TELCO", server.URL)
	ts.Setenv("TELCO_USER", telco.User())
	ts.Setenv("TELCO_PASSWORD", telco.Password())
}

func startPublisher(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: publisher")
	}
	publisher, err := packs.NewPublisher()
	ts.Check(err)
	server := httptest.NewServer(publisher)
	ts.Defer(server.Close)
	ts.Setenv("PUBLISHER", server.URL)
}

func setFault(ts *testscript.TestScript, neg bool, args []string) {
	telco := *ts.Value(telcoKey{}).(**providers.Telco)
	if neg || telco == nil || len(args) > 1 {
		ts.Fatalf("usage: fault [KIND], after telco")
	}
	var fault providers.Fault
	if len(args) == 1 {
		fault.Kind = providers.FaultKind(args[0])
	}
	telco.SetFault(fault)
}

func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VARIABLE REGEXP")
	}
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := re.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("%q is not in the standard output", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// startServe reads what serve prints until its address: then it answers.
func startServe(ts *testscript.TestScript, neg bool, args []string) {
	served := ts.Value(servedKey{}).(**exec.Cmd)
	if neg || *served != nil {
		ts.Fatalf("usage: serve FLAGS…, once until shut")
	}
	program, err := exec.LookPath("domicile") // testscript.Main put it first in PATH
	ts.Check(err)
	args = append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)
	if unit := ts.Getenv("UNIT"); unit != "" {
		args = append([]string{unit, program}, args...)
		program, err = exec.LookPath("restricted")
		ts.Check(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "DOMICILE_HOME", "TMPDIR", "PATH"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	*served = cmd
	ts.Defer(func() {
		if *served != nil {
			end(ts, served)
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://") {
			ts.Setenv("URL", line)
			return
		}
	}
	ts.Fatalf("serve ended without an address")
}

func stopServe(ts *testscript.TestScript, neg bool, args []string) {
	served := ts.Value(servedKey{}).(**exec.Cmd)
	if neg || len(args) > 0 || *served == nil {
		ts.Fatalf("usage: shut, after serve")
	}
	end(ts, served)
}

func end(ts *testscript.TestScript, served **exec.Cmd) {
	cmd := *served
	*served = nil
	if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
		ts.Fatalf("serve ended badly: %v", err)
	}
}

// TestStories_meet_every_exit_status holds the stories against exit.go.
func TestStories_meet_every_exit_status(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no story", err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	statuses := map[int]bool{exitOK: true}
	for status := range maps.Values(exits()) {
		statuses[status] = true
	}
	for status := range statuses {
		if status != exitOK && !strings.Contains(all.String(), "\nstatus "+strconv.Itoa(status)+" domicile ") {
			t.Errorf("no story ends with exit status %d", status)
		}
	}
	if len(statuses) != exitProblem+1 {
		t.Errorf("%d statuses are given, %d named", len(statuses), exitProblem+1)
	}
}
