package papers

import (
	"encoding/xml"
	"fmt"

	"saphan/internal/thai"
)

// receiptXML is the name of the data file inside a receipt of money.
const receiptXML = "receipt.xml"

// feeData is the receipt for programs. The schema is our own; its elements have the names of the UN/CEFACT terms that the
// standard for government receipts (ขมธอ. 22-2563, STD-2) rests on, so that a mapping to it is a matter of places.
type feeData struct {
	XMLName  xml.Name `xml:"urn:saphan:fee-receipt:1 GovernmentReceipt"`
	Document struct {
		ID         string `xml:"ID"`
		Book       string `xml:"BookID,omitempty"`
		Name       string `xml:"Name"`
		IssuedAt   string `xml:"IssueDateTime"`
		Reference  string `xml:"ReferenceReferencedDocument>IssuerAssignedID,omitempty"`
		Verify     string `xml:"URIID"`
		LanguageID string `xml:"LanguageID"`
	} `xml:"ExchangedDocument"`
	Agency struct {
		Name    string `xml:"Name"`
		Unit    string `xml:"DefinedTradeContact>DepartmentName,omitempty"`
		TaxID   string `xml:"SpecifiedTaxRegistration>ID,omitempty"`
		Address string `xml:"PostalTradeAddress>LineOne,omitempty"`
	} `xml:"SellerTradeParty"`
	Payer struct {
		Name    string `xml:"Name"`
		ID      string `xml:"ID,omitempty"` // masked for a person
		Address string `xml:"PostalTradeAddress>LineOne,omitempty"`
	} `xml:"BuyerTradeParty"`
	Lines      []feeDataLine `xml:"IncludedSupplyChainTradeLineItem"`
	Settlement struct {
		Currency  string    `xml:"PaymentCurrencyCode"`
		Way       string    `xml:"SpecifiedTradeSettlementPaymentMeans>Information,omitempty"`
		Reference string    `xml:"PaymentReference,omitempty"`
		PaidAt    string    `xml:"PaymentDateTime"`
		Total     feeAmount `xml:"SpecifiedTradeSettlementHeaderMonetarySummation>GrandTotalAmount"`
		Words     string    `xml:"SpecifiedTradeSettlementHeaderMonetarySummation>GrandTotalAmountText"`
	} `xml:"ApplicableHeaderTradeSettlement"`
	Officer struct {
		Name string `xml:"PersonName"`
		Post string `xml:"JobTitle,omitempty"`
	} `xml:"ResponsibleOfficer"`
}

type feeDataLine struct {
	Number int       `xml:"AssociatedDocumentLineDocument>LineID"`
	About  string    `xml:"SpecifiedTradeProduct>Name"`
	Amount feeAmount `xml:"SpecifiedLineTradeSettlement>NetLineTotalAmount"`
}

type feeAmount struct {
	Currency string `xml:"currencyID,attr"`
	Value    string `xml:",chardata"`
}

// amount writes satang as programs read it: 1000.00.
func amount(satang int64) feeAmount {
	return feeAmount{"THB", fmt.Sprintf("%d.%02d", satang/100, satang%100)}
}

// XML is the receipt for programs, as it is attached inside the PDF.
func (f FeeReceipt) XML() ([]byte, error) {
	total, words, err := f.sum()
	if err != nil {
		return nil, err
	}
	const moment = "2006-01-02T15:04:05-07:00"
	paid := f.PaidAt
	if paid.IsZero() {
		paid = f.IssuedAt
	}
	var d feeData
	d.Document.ID, d.Document.Book, d.Document.Name, d.Document.LanguageID = f.Number, f.Book, feeName, "th"
	d.Document.IssuedAt, d.Document.Reference, d.Document.Verify = f.IssuedAt.In(thai.Bangkok()).Format(moment), f.Request, f.VerifyURL
	d.Agency.Name, d.Agency.Unit, d.Agency.TaxID, d.Agency.Address = f.Agency.Name, f.Agency.Unit, f.Agency.TaxID, f.Agency.Address
	d.Payer.Name, d.Payer.ID, d.Payer.Address = f.Payer.Name, f.Payer.id(), f.Payer.Address
	for i, l := range f.Lines {
		d.Lines = append(d.Lines, feeDataLine{i + 1, l.About, amount(l.Satang)})
	}
	d.Settlement.Currency, d.Settlement.Way, d.Settlement.Reference = "THB", f.Way, f.Reference
	d.Settlement.PaidAt, d.Settlement.Total, d.Settlement.Words = paid.In(thai.Bangkok()).Format(moment), amount(total), words
	d.Officer.Name, d.Officer.Post = f.Officer.Name, f.Officer.Post
	out, err := xml.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the receipt's data: %w", err)
	}
	return append([]byte(xml.Header), append(out, '\n')...), nil
}
