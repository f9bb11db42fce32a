// Command serve runs Abri Assurances, the simulated insurer, on its own:
//
//	go run ./examples/insurer/serve
//
// Everything that it receives is shown at /_control.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/domicile-home/domicile/examples/insurer"
)

func main() {
	listen := flag.String("listen", insurer.Address, "address and port, on loopback")
	flag.Parse()
	if err := serve(*listen); err != nil {
		fmt.Fprintln(os.Stderr, "insurer:", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("address   http://%s\nreceived  http://%s/_control\n", l.Addr(), l.Addr())
	server := &http.Server{Handler: insurer.New(insurer.Config{}), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(l)
}
