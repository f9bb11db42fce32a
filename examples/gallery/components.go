package gallery

import (
	"strings"
	"time"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A tongue says things in one of two languages.
type tongue func(en, fr string) string

func tongueOf(lang locale.Lang) tongue {
	return func(en, fr string) string {
		if lang == locale.French {
			return fr
		}
		return en
	}
}

func euros(amount record.Money) view.Value { return view.Value{Money: amount, Currency: "EUR"} }

func plain(text string) view.Text { return view.Text{{Text: text}} }

func f(v float64) *float64 { return &v }

// components shows every component but charts.
func components(lang locale.Lang) view.View {
	t := tongueOf(lang)
	why := &view.Why{Rows: []string{"bill-1", "bill-2"}}
	spent := euros("31.20")
	spent.Why = why
	return view.View{
		Title:   t("Every component", "Tous les composants"),
		Summary: view.Text{{Text: t("You paid ", "Vous avez payé ")}, spent, {Text: t(" to Ondine in March, 4 € more than usual.", " à Ondine en mars, 4 € de plus que d’habitude.")}},
		Alerts: []view.Alert{
			{Level: view.LevelWarn, Text: plain(t("The April bill of Ondine has not come.", "La facture d’avril d’Ondine n’est pas arrivée.")), Link: &view.Link{View: "missing"}, Key: "april"},
			{Level: view.LevelBad, Text: plain(t("Armor took the same bill twice.", "Armor a prélevé deux fois la même facture.")), Link: &view.Link{View: "twice"}, Key: "twice"},
		},
		Nodes: []view.Node{
			tabs(t), stats(t, why), filters(t), bills(t, why), entries(t),
			{Kind: view.KindSection, Title: t("Sections within sections", "Des sections dans des sections"), Nodes: []view.Node{
				{Kind: view.KindText, Text: view.Text{{Text: t("Read on ", "Lu le ")}, {Date: record.Date(2026, time.March, 15)}, {Text: ", "}, {Number: "1234567.5", Unit: "kWh", Level: view.LevelGood}, {Text: "."}}},
				{Kind: view.KindSection, Title: t("One deeper", "Une plus bas"), Nodes: []view.Node{
					{Kind: view.KindBadge, Level: view.LevelGood, Text: plain(t("Paid", "Payée"))},
					{Kind: view.KindAlert, Level: view.LevelInfo, Text: plain(t("The price changes in June.", "Le prix change en juin."))},
					{Kind: view.KindAlert, Level: view.LevelGood, Text: plain(t("Every bill was found at the bank.", "Chaque facture a été retrouvée à la banque."))},
					{Kind: view.KindList, Title: t("A list of its own level", "Une liste à son niveau"), Entries: []view.Entry{{Text: plain("Ondine")}}},
				}},
			}},
			{Kind: view.KindColumns, Nodes: []view.Node{
				{Kind: view.KindProgress, Title: t("Bills matched", "Factures rapprochées"), Done: 18, Total: 24, Text: plain(t("six to go", "encore six"))},
				{Kind: view.KindProgress, Title: t("Reading", "Lecture")},
			}},
			{Kind: view.KindButton, Form: &view.Form{Link: view.Link{View: "month", Params: map[string]string{"of": "2026-02"}}, Submit: t("See February", "Voir février")}},
			{Kind: view.KindButton, Title: t("Nothing is sent; the app forgets its notes.", "Rien n’est envoyé ; l’application oublie ses notes."), Form: &view.Form{Link: view.Link{View: "forget", Params: map[string]string{"what": "notes"}}, Submit: t("Forget my notes", "Oublier mes notes"), Action: true}},
			{Kind: view.KindAct, Title: t("Only if you want the offer.", "Seulement si vous voulez l’offre."), Act: &view.Act{ID: "accept", Choices: map[string]string{"band": "B"}, Submit: t("See what accepting would send", "Voir ce qu’accepter enverrait")}},
			{Kind: view.KindEmpty, Text: plain(t("No contract yet. A source that brings contracts would fill this.", "Aucun contrat. Une source qui apporte des contrats remplirait cette page."))},
		},
	}
}

func tabs(t tongue) view.Node {
	return view.Node{Kind: view.KindTabs, Tabs: []view.Tab{{Label: t("This month", "Ce mois"), Current: true}, {Label: t("By vendor", "Par fournisseur"), Link: view.Link{View: "vendors"}},
		{Label: t("Subscriptions", "Abonnements"), Link: view.Link{View: "subscriptions"}}, {Label: t("Settings of this app", "Réglages de l’application"), Link: view.Link{View: "settings"}}}}
}

func stats(t tongue, why *view.Why) view.Node {
	line := []*float64{f(24), f(25.5), f(24.2), nil, f(26), f(27.1), f(31.2)}
	return view.Node{Kind: view.KindColumns, Nodes: []view.Node{
		{Kind: view.KindStat, Title: t("Telephone", "Téléphone"), Value: &view.Value{Money: "31.2", Currency: "EUR", Why: why}, Text: plain(t("usually 27 €", "d’habitude 27 €")), Spark: line, Level: view.LevelWarn},
		{Kind: view.KindStat, Title: t("Electricity", "Électricité"), Value: &view.Value{Number: "245.5", Unit: "kWh", Level: view.LevelGood}, Text: view.Text{{Text: t("12% less than in ", "12 % de moins qu’en ")}, {Date: record.MonthOf(2025, time.March)}}},
		{Kind: view.KindStat, Title: t("Next bill", "Prochaine facture"), Value: &view.Value{Date: record.Date(2026, time.April, 1), Record: "bill-2"}},
	}}
}

func filters(t tongue) view.Node {
	return view.Node{Kind: view.KindForm, Title: t("What to show", "Que montrer"), Form: &view.Form{Submit: t("Show", "Montrer"), Link: view.Link{View: "month", Params: map[string]string{"sort": "amount"}},
		Fields: []view.Input{
			{Name: "month", Label: t("Month", "Mois"), Kind: view.InputMonth, Value: "2026-03"},
			{Name: "since", Label: t("Since", "Depuis le"), Kind: view.InputDate, Value: "2026-01-15"},
			{Name: "vendor", Label: t("Vendor", "Fournisseur"), Kind: view.InputChoice, Value: "ondine", Options: []view.Option{{Value: "", Label: t("All", "Tous")}, {Value: "ondine", Label: "Ondine Télécom"}, {Value: "armor", Label: "Armor"}}},
			{Name: "least", Label: t("At least, in euros", "Au moins, en euros"), Kind: view.InputNumber, Value: "12.50"},
			{Name: "words", Label: t("Words", "Mots"), Kind: view.InputText},
			{Name: "paid", Label: t("Only paid ones", "Payées seulement"), Kind: view.InputToggle, Value: "yes"},
		}}}
}

func bills(t tongue, why *view.Why) view.Node {
	total := euros("148.5")
	total.Why = why
	late := euros("31.2")
	late.Level = view.LevelBad
	return view.Node{Kind: view.KindTable, Title: t("Bills of March", "Factures de mars"), Table: &view.Table{
		Columns: []view.Column{{Title: t("Vendor", "Fournisseur")}, {Title: t("Issued", "Émise le")}, {Title: t("State", "État")}, {Title: t("Used", "Consommé"), Right: true}, {Title: t("Amount", "Montant"), Right: true}},
		Rows: [][]view.Value{
			{{Text: "Ondine Télécom", Record: "bill-1"}, {Date: record.Date(2026, time.March, 3)}, {Text: t("late", "en retard"), Level: view.LevelBad}, {}, late},
			{{Text: "Armor Énergie", Record: "bill-2"}, {Date: record.Date(2026, time.March, 12)}, {Text: t("paid", "payée"), Level: view.LevelGood}, {Number: "245.5", Unit: "kWh", Why: why}, euros("117.3")},
			{{Text: t("A vendor whose name is so long that it has to go on over several lines of its column", "Un fournisseur au nom si long qu’il lui faut plusieurs lignes de sa colonne")}, {Date: record.MonthOf(2026, time.March)}, {Text: t("to watch", "à suivre"), Level: view.LevelWarn}, {Number: "0", Unit: "kWh"}, euros("0")},
		},
		Total: []view.Value{{Text: t("All", "Total")}, {}, {}, {}, total},
		Less:  &view.Link{View: "month", Params: map[string]string{"page": "1"}}, More: &view.Link{View: "month", Params: map[string]string{"page": "3"}}}}
}

func entries(t tongue) view.Node {
	amount := euros("-12.99")
	return view.Node{Kind: view.KindList, Title: t("Coming debits", "Prélèvements à venir"), Entries: []view.Entry{
		{Text: view.Text{{Text: "Ondine Télécom", Record: "bill-1"}}, Note: view.Text{{Text: t("around ", "vers le ")}, {Date: record.Date(2026, time.April, 2)}}, Value: &amount, Badge: &view.Badge{Level: view.LevelGood, Text: t("usual", "habituel")}},
		{Text: plain("Armor Énergie"), Value: &view.Value{Number: "3", Unit: t("bills", "factures")}, Badge: &view.Badge{Level: view.LevelBad, Text: t("twice", "deux fois")}},
		{Text: plain(t("Nothing else before May", "Rien d’autre avant mai"))},
	}}
}

// hostileView holds an enemy's texts wherever a view has text.
func hostileView(locale.Lang) view.View {
	v := view.View{Title: clipped(Markup+Bidi, view.MaxText)}
	for _, text := range Texts() {
		text = clipped(text, view.MaxText)
		one, line := view.Value{Text: text, Record: "x", Why: &view.Why{Rows: []string{"x"}}, Level: view.LevelWarn}, []*float64{f(1), f(2)}
		labels := []view.Value{one, one}
		series := view.Series{Name: text, Values: line}
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindSection, Title: text, Nodes: []view.Node{
			{Kind: view.KindText, Text: view.Text{one}}, {Kind: view.KindStat, Title: text, Value: &one, Text: view.Text{one}}, {Kind: view.KindBadge, Level: view.LevelBad, Text: view.Text{one}},
			{Kind: view.KindAlert, Level: view.LevelBad, Text: view.Text{one}}, {Kind: view.KindTabs, Tabs: []view.Tab{{Label: text}}}, {Kind: view.KindProgress, Title: text, Done: 1, Total: 2, Text: view.Text{one}},
			{Kind: view.KindTable, Title: text, Table: &view.Table{Columns: []view.Column{{Title: text}, {Title: text, Right: true}}, Rows: [][]view.Value{{one, one}}}},
			{Kind: view.KindList, Title: text, Entries: []view.Entry{{Text: view.Text{one}, Note: view.Text{one}, Value: &one, Badge: &view.Badge{Level: view.LevelGood, Text: text}}}},
			{Kind: view.KindForm, Title: text, Form: &view.Form{Submit: text, Fields: []view.Input{{Name: "a", Label: text, Kind: view.InputText, Value: clipped(text, view.MaxParam)},
				{Name: "b", Label: text, Kind: view.InputChoice, Options: []view.Option{{Value: clipped(text, view.MaxParam), Label: text}}}, {Name: "c", Label: text, Kind: view.InputToggle}}}},
			{Kind: view.KindButton, Title: text, Form: &view.Form{Submit: text}}, {Kind: view.KindEmpty, Text: view.Text{one}},
			{Kind: view.KindChart, Title: text, Chart: &view.Chart{Drawing: view.DrawBar, X: text, Unit: strings.ToValidUTF8(clipped(text, 20), ""), Labels: labels, Series: []view.Series{series, series}, Thresholds: []view.Threshold{{Label: text, Value: 1.5}}}},
			{Kind: view.KindChart, Title: text, Chart: &view.Chart{Drawing: view.DrawDonut, X: text, Labels: labels, Series: []view.Series{series}}},
			{Kind: view.KindChart, Title: text, Chart: &view.Chart{Drawing: view.DrawHeatmap, X: text, Labels: labels, Series: []view.Series{series}}},
		}})
	}
	return v
}
