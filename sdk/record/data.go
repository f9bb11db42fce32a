package record

// Bill is the data of a bill or a refund.
type Bill struct {
	Vendor   string         `json:"vendor"`
	Number   string         `json:"number,omitempty"`
	Issued   Time           `json:"issued,omitzero"`
	Due      Time           `json:"due,omitzero"`
	Start    Time           `json:"start,omitzero"` // first day of the period billed
	End      Time           `json:"end,omitzero"`   // last day of the period billed
	Amount   Money          `json:"amount"`         // to pay, tax included
	Currency string         `json:"currency"`       // ISO 4217
	Tax      Money          `json:"tax,omitempty"`
	Contract string         `json:"contract,omitempty"`
	IsRefund bool           `json:"is_refund,omitempty"`
	Lines    []BillLine     `json:"lines,omitempty"`
	Extra    map[string]any `json:"extra,omitempty"`
}

// BillLine is one line of a bill.
type BillLine struct {
	Label    string  `json:"label"`
	Quantity Decimal `json:"quantity,omitempty"`
	Unit     string  `json:"unit,omitempty"`
	Price    Decimal `json:"price,omitempty"` // of one unit: a decimal, not money
	Amount   Money   `json:"amount,omitempty"`
}

// BankAccount is the data of a bank account.
type BankAccount struct {
	Institution string         `json:"institution,omitempty"`
	IBAN        string         `json:"iban,omitempty"` // without spaces
	Number      string         `json:"number,omitempty"`
	Kind        string         `json:"kind,omitempty"` // current, savings, card, loan, investment or other
	Currency    string         `json:"currency,omitempty"`
	Owner       string         `json:"owner,omitempty"`
	Extra       map[string]any `json:"extra,omitempty"`
}

// Balance is the data of a balance at one moment, the record's time.
type Balance struct {
	BankAccount string         `json:"bank_account"` // id of the bank-account record
	Amount      Money          `json:"amount"`
	Currency    string         `json:"currency"`
	Kind        string         `json:"kind,omitempty"` // booked, available or other
	Extra       map[string]any `json:"extra,omitempty"`
}

// Transaction is the data of a bank line. A debit is negative.
type Transaction struct {
	BankAccount  string         `json:"bank_account"` // id of the bank-account record
	Booked       Time           `json:"booked,omitzero"`
	ValueDate    Time           `json:"value_date,omitzero"`
	Amount       Money          `json:"amount"`
	Currency     string         `json:"currency"`
	Label        string         `json:"label"`
	Counterparty string         `json:"counterparty,omitempty"`
	Reference    string         `json:"reference,omitempty"`
	Kind         string         `json:"kind,omitempty"`  // as the bank names it
	State        string         `json:"state,omitempty"` // pending or booked
	Extra        map[string]any `json:"extra,omitempty"`
}

// Contract is the data of a contract.
type Contract struct {
	Vendor   string         `json:"vendor"`
	Number   string         `json:"number,omitempty"`
	Kind     string         `json:"kind,omitempty"` // mobile, internet, electricity, gas, insurance…
	Label    string         `json:"label,omitempty"`
	Start    Time           `json:"start,omitzero"`
	End      Time           `json:"end,omitzero"`
	Price    Money          `json:"price,omitempty"` // a period
	Currency string         `json:"currency,omitempty"`
	Period   string         `json:"period,omitempty"` // ISO 8601: "P1M"
	Notice   string         `json:"notice,omitempty"` // ISO 8601
	Place    string         `json:"place,omitempty"`
	Extra    map[string]any `json:"extra,omitempty"`
}

// Call is the data of a call, a message or a data session.
type Call struct {
	Line        string         `json:"line"`                  // the person's own number
	Direction   string         `json:"direction"`             // in or out
	Kind        string         `json:"kind"`                  // voice, sms, mms or data
	Counterpart string         `json:"counterpart,omitempty"` // a number, or what the provider shows
	Seconds     int64          `json:"seconds,omitempty"`
	Bytes       int64          `json:"bytes,omitempty"`
	Price       Money          `json:"price,omitempty"`
	Currency    string         `json:"currency,omitempty"`
	Country     string         `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Extra       map[string]any `json:"extra,omitempty"`
}

// Series is one month of a meter. Value i covers the step that starts at Start
// + i steps; nil is a missing value. Steps are fixed lengths in UTC, but for
// P1D and P1M, which follow the calendar of Zone. The record's id is
// measure|meter|step|YYYY-MM; an upsert replaces only the points it carries.
type Series struct {
	Measure string         `json:"measure"` // electricity.consumption, gas.consumption, mobile.data…
	Meter   string         `json:"meter"`
	Unit    string         `json:"unit"` // Wh, kWh, m3, MB…
	Step    string         `json:"step"` // ISO 8601: PT30M, PT1H, P1D, P1M
	Start   Time           `json:"start"`
	Zone    string         `json:"zone,omitempty"`  // IANA
	Scale   int            `json:"scale,omitempty"` // value × 10^-scale, in Unit
	Values  []*int64       `json:"values"`
	Extra   map[string]any `json:"extra,omitempty"`
}

// Document is the data of a document: anything whose file is the point.
type Document struct {
	Kind   string         `json:"kind,omitempty"` // letter, statement, certificate…
	Issuer string         `json:"issuer,omitempty"`
	Number string         `json:"number,omitempty"`
	Extra  map[string]any `json:"extra,omitempty"`
}
