package gallery

import (
	"fmt"
	"math"
	"time"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// charts shows every way to draw figures, alone, compared, below zero and
// dense.
func charts(lang locale.Lang) view.View {
	t := tongueOf(lang)
	draw := func(title string, c view.Chart) view.Node {
		return view.Node{Kind: view.KindChart, Title: title, Chart: &c}
	}
	return view.View{Title: t("Every chart", "Tous les graphiques"), Nodes: []view.Node{
		{Kind: view.KindSection, Title: t("Bars and lines", "Barres et courbes"), Nodes: []view.Node{{Kind: view.KindColumns, Nodes: []view.Node{
			draw(t("Electricity, against last year", "Électricité, face à l’an dernier"), compared(t)),
			draw(t("What is left at the end of the month", "Ce qui reste à la fin du mois"), belowZero(t)),
			draw(t("Spending by kind", "Dépenses par nature"), stacked(t)),
			draw(t("Balance of three accounts", "Solde de trois comptes"), balances(t)),
			draw(t("Six series side by side", "Six séries côte à côte"), sixSeries(t)),
			draw(t("By vendor", "Par fournisseur"), byVendor(t)),
		}}}},
		{Kind: view.KindSection, Title: t("Parts and maps", "Parts et cartes"), Nodes: []view.Node{{Kind: view.KindColumns, Nodes: []view.Node{
			draw(t("Where the money went", "Où est passé l’argent"), parts(t)),
			draw(t("A whole in one part", "Un tout d’une seule part"), view.Chart{Drawing: view.DrawDonut, Unit: "kWh", Labels: []view.Value{{Text: t("Heating", "Chauffage")}}, Series: []view.Series{{Name: t("Year", "Année"), Values: []*float64{f(12)}}}}),
			draw(t("Parts that are no parts", "Des parts qui n’en sont pas"), view.Chart{Drawing: view.DrawDonut, Currency: "EUR", Labels: []view.Value{{Text: t("Income", "Revenus")}, {Text: t("Refund", "Remboursement")}}, Series: []view.Series{{Name: t("Amount", "Montant"), Values: []*float64{f(12), f(-3.5)}}}}),
			draw(t("Hours of a week", "Heures d’une semaine"), week(t)),
			draw(t("The last weeks", "Les dernières semaines"), view.Chart{Drawing: view.DrawSpark, Unit: "kWh", X: t("Week", "Semaine"), Labels: numbers(8), Series: []view.Series{{Name: t("Used", "Consommé"), Values: []*float64{f(3), f(5), nil, f(4), f(6), f(7), f(5), f(8)}}}}),
			draw(t("Nothing yet", "Rien encore"), view.Chart{Drawing: view.DrawBar, Series: []view.Series{{}}}),
		}}}},
		{Kind: view.KindSection, Title: t("Dense", "Denses"), Nodes: []view.Node{{Kind: view.KindColumns, Nodes: []view.Node{
			draw(t("800 days as bars", "800 jours en barres"), dense(t, view.DrawBar, 1)),
			draw(t("800 days as lines", "800 jours en courbes"), dense(t, view.DrawLine, 2)),
			draw(t("800 days stacked", "800 jours empilés"), dense(t, view.DrawStacked, 3)),
			draw(t("800 days as a map", "800 jours en carte"), dense(t, view.DrawHeatmap, 7)),
		}}}},
	}}
}

// months returns labels from April 2025 on.
func months(n int) (all []view.Value) {
	for i := range n {
		all = append(all, view.Value{Date: record.MonthOf(2025+(3+i)/12, time.Month((3+i)%12+1))})
	}
	return all
}

func numbers(n int) (all []view.Value) {
	for i := range n {
		all = append(all, view.Value{Number: record.Decimal(fmt.Sprint(i + 1))})
	}
	return all
}

// wave returns n values that look like something measured.
func wave(n int, middle, swing, shift float64) (all []*float64) {
	for i := range n {
		v := middle + swing*math.Sin(float64(i)*2*math.Pi/12+shift) + swing/5*math.Sin(float64(i)*1.7+shift)
		all = append(all, f(math.Round(v*10)/10))
	}
	return all
}

func compared(t tongue) view.Chart {
	now, before := wave(12, 250, 110, 2.6), wave(12, 270, 120, 2.7)
	now[11] = nil
	whys := make([]*view.Why, 12)
	for i := range whys {
		whys[i] = &view.Why{Rows: []string{fmt.Sprint("meter-", i)}}
	}
	return view.Chart{Drawing: view.DrawBar, X: t("Month", "Mois"), Unit: "kWh", Labels: months(12), Thresholds: []view.Threshold{{Label: t("usual", "d’habitude"), Value: 260}},
		Series: []view.Series{{Name: t("Last year", "An dernier"), Values: before, Past: true}, {Name: t("This year", "Cette année"), Values: now, Why: whys}}}
}

func belowZero(t tongue) view.Chart {
	return view.Chart{Drawing: view.DrawBar, X: t("Month", "Mois"), Currency: "EUR", Labels: months(12), Thresholds: []view.Threshold{{Label: t("overdraft", "découvert"), Value: -150}},
		Series: []view.Series{{Name: t("Left", "Reste"), Values: []*float64{f(120.5), f(-40), f(15), f(200), f(-180.25), f(60), f(0), f(75), f(-20), f(310), f(42), f(18.9)}}}}
}

func stacked(t tongue) view.Chart {
	return view.Chart{Drawing: view.DrawStacked, X: t("Month", "Mois"), Currency: "EUR", Labels: months(12), Series: []view.Series{
		{Name: t("Housing", "Logement"), Values: wave(12, 620, 8, 0)}, {Name: t("Food", "Alimentation"), Values: wave(12, 310, 60, 1)},
		{Name: t("Transport", "Transports"), Values: wave(12, 120, 50, 2)}, {Name: t("Refunds", "Remboursements"), Values: wave(12, -60, 40, 3)},
		{Name: t("All of it, a year before", "Le tout, un an avant"), Values: wave(12, 1000, 90, 1.4), Past: true}}}
}

func balances(t tongue) view.Chart {
	gaps := wave(12, 3200, 300, 0)
	gaps[4], gaps[6] = nil, nil
	return view.Chart{Drawing: view.DrawLine, X: t("Month", "Mois"), Currency: "EUR", Labels: months(12), Thresholds: []view.Threshold{{Label: t("goal", "but"), Value: 3500}},
		Series: []view.Series{{Name: t("Current account", "Compte courant"), Values: wave(12, 1400, 500, 1)}, {Name: t("Savings", "Épargne"), Values: gaps}, {Name: t("Joint account", "Compte joint"), Values: wave(12, 600, 220, 4)},
			{Name: t("Current account, last year", "Compte courant, l’an dernier"), Values: wave(12, 1200, 400, 1.3), Past: true}}}
}

func sixSeries(t tongue) view.Chart {
	c := view.Chart{Drawing: view.DrawBar, X: t("Quarter", "Trimestre"), Unit: "m³", Labels: numbers(4)}
	for i := range 6 {
		c.Series = append(c.Series, view.Series{Name: fmt.Sprint(t("Flat ", "Logement "), i+1), Values: wave(4, 30+float64(i)*4, 12, float64(i))})
	}
	return c
}

func byVendor(t tongue) view.Chart {
	c := view.Chart{Drawing: view.DrawBar, X: t("Vendor", "Fournisseur"), Currency: "EUR", Series: []view.Series{{Name: t("Paid in a year", "Payé en un an")}}}
	for i, name := range []string{"Ondine Télécom", "Armor Énergie", t("Mutual insurance of teachers", "Mutuelle des enseignants"), "Eau de Rennes", "Kerlan", t("Library", "Bibliothèque")} {
		c.Labels = append(c.Labels, view.Value{Text: name, Record: fmt.Sprint("vendor-", i)})
		c.Series[0].Values = append(c.Series[0].Values, f(float64(640-100*i)+.5))
	}
	return c
}

func parts(t tongue) view.Chart {
	c := view.Chart{Drawing: view.DrawDonut, X: t("Kind", "Nature"), Currency: "EUR", Series: []view.Series{{Name: t("Spent", "Dépensé")}}}
	for i, name := range []string{t("Housing", "Logement"), t("Food", "Alimentation"), t("Transport", "Transports"), t("Health", "Santé"), t("Leisure", "Loisirs"), t("Gifts", "Cadeaux"), t("Telephone", "Téléphone"), t("Insurance", "Assurances"), t("Clothes", "Vêtements"), t("Other", "Divers")} {
		c.Labels = append(c.Labels, view.Value{Text: name})
		c.Series[0].Values = append(c.Series[0].Values, f(math.Round(62000*math.Pow(.58, float64(i)))/100))
	}
	return c
}

func week(t tongue) view.Chart {
	c := view.Chart{Drawing: view.DrawHeatmap, X: t("Hour", "Heure"), Unit: "kWh"}
	for hour := range 24 {
		c.Labels = append(c.Labels, view.Value{Text: fmt.Sprintf("%d h", hour)})
	}
	for i, day := range []string{t("Mon", "lun"), t("Tue", "mar"), t("Wed", "mer"), t("Thu", "jeu"), t("Fri", "ven"), t("Sat", "sam"), t("Sun", "dim")} {
		values := wave(24, 1.2, .9, float64(i)/3)
		if i == 2 {
			values[7], values[8] = nil, nil
		}
		c.Series = append(c.Series, view.Series{Name: day, Values: values})
	}
	return c
}

func dense(t tongue, as view.Drawing, n int) view.Chart {
	c := view.Chart{Drawing: as, X: t("Day", "Jour"), Unit: "kWh"}
	start := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	for i := range view.MaxChart {
		c.Labels = append(c.Labels, view.Value{Date: record.Date(start.AddDate(0, 0, i).Date())})
	}
	for k := range n {
		var values []*float64
		for i := range view.MaxChart {
			values = append(values, f(math.Round(10*(12+4*float64(k)+6*math.Cos(float64(i)*2*math.Pi/365)+3*math.Sin(float64(i*(k+3))*1.3)))/10))
		}
		c.Series = append(c.Series, view.Series{Name: fmt.Sprint(t("Meter ", "Compteur "), k+1), Values: values})
	}
	return c
}
