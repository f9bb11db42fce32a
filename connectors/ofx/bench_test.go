package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// BenchmarkLook measures the first reading of a file of a thousand lines.
func BenchmarkLook(b *testing.B) {
	var list bytes.Buffer
	for i := range 1000 {
		list.WriteString(tags("TRNTYPE", "DEBIT", "DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", fmt.Sprint("F", i), "NAME", "CB CAF\xc9 DU COIN", "MEMO", "Paiement par carte"))
	}
	data := sample(list.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := look(bytes.NewReader(data), windows1252); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRun measures a whole run of such a file, both readings, the frames
// and the home of the tests included.
func BenchmarkRun(b *testing.B) {
	var list bytes.Buffer
	for i := range 1000 {
		list.WriteString(tags("TRNTYPE", "DEBIT", "DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", fmt.Sprint("F", i), "NAME", "CB CAF\xc9 DU COIN", "MEMO", "Paiement par carte"))
	}
	data := sample(list.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		h := &sdktest.Host{Mode: protocol.ModeFile}
		h.Input = h.AddFile("statement.ofx", "application/x-ofx", data)
		if res, err := h.Run(sdk.Connector(run).Serve); err != nil || res.Err != nil {
			b.Fatal(err, res.Err)
		}
	}
}
