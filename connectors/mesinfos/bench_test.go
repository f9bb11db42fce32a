package main

import (
	"bytes"
	"fmt"
	"testing"
)

// BenchmarkReading measures the first reading of a thousand rows of a meter.
func BenchmarkReading(b *testing.B) {
	var rows bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&rows, `{"contractNumber":"1","start":"2021-03-%02dT%02d:%02d:00","end":"2021-03-01T02:30:00","value":%d,"statementType":"mesure","statementCategory":"linky","statementReason":"LinkyHalfHourElecConsumption","docTypeVersion":"konnectors_edf-0.7.9","docType":"org.fing.mesinfos.consumptionstatement"},`,
			i/48+1, i/2%24, i%2*30, i)
	}
	data := []byte("[" + rows.String() + "]")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := newReading(nil).all(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
