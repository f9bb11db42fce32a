// Command telco runs Ondine Télécom, the simulated operator, on its own:
//
//	go run ./examples/providers/telco --listen 127.0.0.1:8081
//
// It prints its address and who may sign in. Faults are set at /_control.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address and port, on loopback")
	seed := flag.Uint64("seed", 1, "what the made-up data follow from")
	months := flag.Int("months", 24, "months of bills")
	flag.Parse()
	if err := serve(*listen, providers.TelcoConfig{Seed: *seed, Months: *months}); err != nil {
		fmt.Fprintln(os.Stderr, "telco:", err)
		os.Exit(1)
	}
}

func serve(address string, config providers.TelcoConfig) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	telco := providers.NewTelco(config)
	fmt.Printf("address   http://%s\nuser      %s\npassword  %s\n", l.Addr(), telco.User(), telco.Password())
	server := &http.Server{Handler: telco, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(l)
}
