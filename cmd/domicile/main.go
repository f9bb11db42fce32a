// Command domicile is a person's digital home: one program, one encrypted file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // for machines without zone files

	"github.com/alecthomas/kong"
)

// version is set by the release build.
var version = "0.1.0-dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], world{os.Stdin, os.Stdout, os.Stderr, os.Getenv}))
}

// A world is what a command may touch beside its flags, so that tests can run
// one in process.
type world struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

// commands is the command line, one member a command, one file each.
type commands struct {
	Home         string `help:"The home's folder, ~/.local/share/domicile unless given." env:"DOMICILE_HOME" placeholder:"DIR"`
	PasswordFile string `help:"Read the password from this file (or set DOMICILE_PASSWORD)." type:"existingfile" placeholder:"FILE"`

	Init      initCmd      `cmd:"" help:"Make a home: choose its password, get its recovery key."`
	Serve     serveCmd     `cmd:"" help:"Serve the home's pages and run its sources on schedule."`
	Status    statusCmd    `cmd:"" help:"Say whether a home is being served, and whether it is locked."`
	Unlock    unlockCmd    `cmd:"" help:"Unlock the home that is being served."`
	Lock      lockCmd      `cmd:"" help:"Lock the home that is being served: keys, caches and sessions are dropped."`
	Import    importCmd    `cmd:"" help:"Import files: bank exports, bills, archives."`
	Search    searchCmd    `cmd:"" help:"Search records and the text of files."`
	Match     matchCmd     `cmd:"" help:"Find the bank lines that pay bills, and say why. No home is needed."`
	Source    sourceCmds   `cmd:"" help:"List, add, run and remove sources."`
	Record    recordCmds   `cmd:"" help:"Read records."`
	Connector connectorCmd `cmd:"" help:"Try a connector without a home."`
	App       appCmds      `cmd:"" help:"Write, try and check apps on a made-up household."`
	Pack      packCmds     `cmd:"" help:"Keep reference packs: tariffs, weather, price indices."`
	Passwd    passwdCmd    `cmd:"" help:"Change the password."`
	Recovery  recoveryCmds `cmd:"" help:"Make a new recovery key, or use one to set a new password."`
	KeyFile   keyFileCmds  `cmd:"" name:"key-file" help:"Make or remove the key file of an unattended start."`
	Verify    verifyCmd    `cmd:"" help:"Walk the whole vault and report each damage."`
	Compact   compactCmd   `cmd:"" help:"Rewrite the vault without its free space."`
	Doctor    doctorCmd    `cmd:"" help:"Check this machine: sandbox, memory, swap, clock, disk."`
	Demo      demoCmd      `cmd:"" help:"A made-up household with a simulated provider."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// run parses args, runs the command and returns the exit status.
func run(ctx context.Context, args []string, w world) int {
	var c commands
	status := -1
	parser, err := kong.New(&c, kong.Name("domicile"), kong.Writers(w.out, w.err),
		kong.Description("Your records come home, sealed, and stay there.\n\nBegin with: domicile init, then domicile serve. Or look around first: domicile demo."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Exit(func(code int) { status = code }))
	if err != nil {
		fmt.Fprintln(w.err, "domicile:", err)
		return exitInternal
	}
	parsed, err := parser.Parse(args)
	if status >= 0 {
		return status
	}
	if err != nil {
		fmt.Fprintf(w.err, "domicile: %v\nTry: %s --help\n", err, asked(err))
		return exitUsage
	}
	err = parsed.Run(&session{ctx: ctx, world: w, home: c.Home, passwordFile: c.PasswordFile})
	return report(w.err, err)
}

// asked returns the command whose help says what is wrong with a command line.
func asked(err error) string {
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context.Selected() != nil {
		return p.Context.Selected().FullPath()
	}
	return "domicile"
}

type versionCmd struct{}

func (versionCmd) Run(s *session) error {
	_, err := fmt.Fprintln(s.out, "domicile", version)
	return err
}
