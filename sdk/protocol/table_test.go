package protocol_test

import (
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestTable_is_checked(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", protocol.MaxTableCell+1)
	good := func() protocol.Table {
		return protocol.Table{Columns: []protocol.TableColumn{{Name: "Date", Role: "date"}, {}}, Rows: [][]string{{"1", "2"}, {"1"}},
			Order: protocol.TableChoice{Value: "dmy", Options: protocol.TableOrders()}, Decimal: protocol.TableChoice{Options: []string{"comma"}},
			Faults: []protocol.TableFault{{At: "date", Why: "open"}}}
	}
	if err := good().Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*protocol.Table){
		"no columns":        func(t *protocol.Table) { t.Columns = nil },
		"many columns":      func(t *protocol.Table) { t.Columns = make([]protocol.TableColumn, protocol.MaxTableColumns+1) },
		"many rows":         func(t *protocol.Table) { t.Rows = make([][]string, protocol.MaxTableRows+1) },
		"a wide row":        func(t *protocol.Table) { t.Rows[0] = []string{"1", "2", "3"} },
		"a long cell":       func(t *protocol.Table) { t.Rows[0][1] = long },
		"a long heading":    func(t *protocol.Table) { t.Columns[0].Name = long },
		"no role":           func(t *protocol.Table) { t.Columns[0].Role = "colour" },
		"a long proposal":   func(t *protocol.Table) { t.Said = strings.Repeat("x", protocol.MaxTableSaid+1) },
		"a long account":    func(t *protocol.Table) { t.Account = long },
		"no currency":       func(t *protocol.Table) { t.Money = "EURO" },
		"no order":          func(t *protocol.Table) { t.Order.Value = "ydm" },
		"no such option":    func(t *protocol.Table) { t.Decimal.Options = []string{"dash"} },
		"a long example":    func(t *protocol.Table) { t.Order.Example = long },
		"no reason":         func(t *protocol.Table) { t.Faults[0].Why = "because" },
		"a fault too far":   func(t *protocol.Table) { t.Faults[0].At = long },
		"more than is read": func(t *protocol.Table) { t.Faults = make([]protocol.TableFault, protocol.MaxTableColumns+1) },
	} {
		table := good()
		if spoil(&table); table.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
