// Command puppet is an app that says what it is told to: each line of its field
// "script" is sent as a request, to the byte, and the reply is logged.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

func main() {
	in, out := protocol.NewReader(os.Stdin), protocol.NewWriter(os.Stdout)
	script := "start\n"
	for i := 0; i < len(script); {
		line, rest, _ := strings.Cut(script[i:], "\n")
		i = len(script) - len(rest)
		switch line {
		case "spin":
			for {
			}
		case "huge":
			os.Stdout.WriteString(`{"op":"view","view":{"title":"` + strings.Repeat("x", 10<<20) + "\"}}\n")
			in.Next()
			os.Exit(0)
		case "ask on":
			for {
				if out.Write(protocol.Frame{Line: []byte(`{"op":"query","type":"bill","limit":1}`)}) != nil {
					os.Exit(0)
				}
				if _, err := in.Next(); err != nil {
					os.Exit(0)
				}
			}
		}
		if line == "start" {
			line = `{"op":"start"}`
		}
		if err := out.Write(protocol.Frame{Line: []byte(line)}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		reply, err := in.Next()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintf(os.Stderr, "%s\n", reply.Line)
		if len(script) == len("start\n") {
			script += told(string(reply.Line))
		}
	}
}

// told finds the script in the reply to start: its lines are parted by "~", and
// quotes are written as "'".
func told(line string) string {
	_, text, _ := strings.Cut(line, `"script":"`)
	text, _, _ = strings.Cut(text, `"`)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "'", `"`), "~", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
