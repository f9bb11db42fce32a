// Command guest is a connector whose provider tells it what to do: it signs in,
// then takes the steps of /steps, one a line. A file that it reads is steps too.
//
//	emit ID…       a document of each id
//	pdf ID         downloads /file and emits a document with it
//	save TEXT      saves with this state
//	get PATH       asks the provider
//	ask WANT       asks the person; another answer than WANT is otp_wrong
//	columns SAID   asks which column is what, and proposes SAID; see columns
//	log TEXT       writes to the log, and to standard error
//	fail CODE TEXT ends with a problem
//	leak           tries to have the password said in log, problem and progress
//	exit N         ends at once
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func main() { sdk.Main(run) }

func run(s *sdk.Session) error {
	if strings.HasSuffix(s.File().Name, ".zip") {
		return archive(s)
	}
	steps, err := steps(s)
	if err != nil || s.Mode() == protocol.ModeCheck {
		return err
	}
	for line := range strings.Lines(steps) {
		step, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := take(s, step, rest); err != nil {
			return err
		}
	}
	return nil
}

// archive reads each file of the archive as bank lines without an id: a day,
// an amount and a label.
func archive(s *sdk.Session) error {
	files, err := s.Unzip(s.File())
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := s.ReadFile(f)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			day, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			amount, label, _ := strings.Cut(rest, " ")
			booked, err := record.ParseTime(day)
			if err != nil {
				return sdk.Fail(protocol.InvalidFile, err.Error())
			}
			err = s.Emit(sdk.Record{Type: record.TypeTransaction, Time: booked, Title: label, Data: record.Transaction{
				BankAccount: "a", Booked: booked, Amount: record.Money(amount), Currency: "EUR", Label: label}})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// steps signs in and asks what to do, or reads it in a file.
func steps(s *sdk.Session) (string, error) {
	if s.Mode() == protocol.ModeFile {
		text, err := s.ReadFile(s.File())
		_, after, _ := strings.Cut(string(text), "\n")
		return after, err
	}
	res, err := s.PostForm(s.Config("address")+"/login", map[string]string{"user": s.Config("user"), "password": sdk.Secret("password")})
	if err != nil {
		return "", err
	}
	if res.Status == 401 {
		return "", sdk.Fail(protocol.AuthFailed, "the provider says: "+string(res.Body))
	}
	var state string
	if err := s.State(&state); err != nil {
		return "", err
	}
	if res, err = s.Get(s.Config("address") + "/steps?state=" + state); err != nil {
		return "", err
	}
	return string(res.Body), res.Problem()
}

func take(s *sdk.Session, step, rest string) error {
	address := s.Config("address")
	switch step {
	case "", "check":
	case "emit":
		for id := range strings.FieldsSeq(rest) {
			if err := s.Emit(document(id)); err != nil {
				return err
			}
		}
	case "pdf":
		res, err := s.Do(sdk.Request{URL: address + "/file", ToFile: true})
		if err != nil {
			return err
		}
		r := document(rest)
		r.Files = []record.FileRef{sdk.Attach(res.File, "")}
		return s.Emit(r)
	case "save":
		return s.Save(rest)
	case "get":
		res, err := s.Get(address + rest)
		if err != nil {
			return err
		}
		return res.Problem()
	case "ask":
		answer, err := s.Ask(sdk.Question{Kind: protocol.AskOTP, Prompt: "code"})
		if err == nil && answer != rest {
			err = sdk.Fail(protocol.OTPWrong, "the provider refused "+answer)
		}
		return err
	case "columns":
		return columns(s, rest)
	case "log":
		s.Logf("%s", rest)
		fmt.Fprintln(os.Stderr, rest)
	case "leak":
		return leak(s)
	case "fail":
		code, text, _ := strings.Cut(rest, " ")
		return fmt.Errorf("step: %w", sdk.Fail(protocol.Code(code), text))
	case "exit":
		n, _ := strconv.Atoi(rest)
		os.Exit(n)
	default:
		return sdk.Fail(protocol.InvalidFile, "no step "+strconv.Quote(step))
	}
	return nil
}

// columns asks about a table until the answer is not "bad", and emits a bank
// line with the answer as its label; "none" is a table without a row to read,
// "huge" one that no home shows. What was said is the state, and settles the
// next table.
func columns(s *sdk.Session, proposed string) error {
	var past string
	if err := s.State(&past); err != nil {
		return err
	}
	table := protocol.Table{Columns: []protocol.TableColumn{{Name: "Date", Role: "date"}}, Rows: [][]string{{"1"}}, Said: proposed, Names: proposed}
	if past != "" {
		table.Said, table.Settled = past, true
	}
	if proposed == "huge" {
		table.Rows = make([][]string, 1000)
	}
	for {
		answer, err := s.Columns("code", table)
		if err != nil {
			return err
		}
		if answer == "bad" {
			table.Faults = []protocol.TableFault{{At: "date", Why: "missing", Text: "that is bad"}}
			continue
		}
		if answer == "none" {
			return sdk.Fail(protocol.InvalidFile, "no row can be read")
		}
		s.Warnf("line 2 is left out")
		err = s.Emit(sdk.Record{Type: record.TypeTransaction, Time: record.Date(2026, 1, 2), Title: answer,
			Data: record.Transaction{BankAccount: "a", Amount: "-1.50", Currency: "EUR", Label: answer}})
		if err != nil {
			return err
		}
		return s.Save(answer)
	}
}

// leak repeats what the provider says, who repeats the password.
func leak(s *sdk.Session) error {
	res, err := s.Get(s.Config("address") + "/echo")
	if err != nil {
		return err
	}
	said := string(res.Body) + " and " + s.Config("pin")
	s.Logf("%s", said)
	s.Progress(1, 2)
	fmt.Fprintln(os.Stderr, said)
	return sdk.Fail(protocol.SourceChanged, said)
}

func document(id string) sdk.Record {
	return sdk.Record{Type: record.TypeDocument, ID: id, Title: "document " + id, Data: record.Document{Kind: "note"}}
}
