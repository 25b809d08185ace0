#include "names.h"

#define LIST(array)                                                                                \
    {                                                                                              \
        array, sizeof(array) / sizeof((array)[0])                                                  \
    }

static const char *const plain[] = {
    "Harbor Coffee",          "Oak Street Deli",    "Summit Auto Repair",
    "Blue Door Books",        "Corner Bakery",      "Pine & Sons Hardware",
    "Riverside Dental",       "Maple Leaf Florist", "Union Square Tailor",
    "Lakeview Pharmacy",      "Copper Kettle",      "North End Pizza",
    "Joe's \"Best\" Burgers", "AC\\DC Electric",    "24/7 Laundromat",
    "Smith, Jones; Partners",
};

static const char *const world[] = {
    "Café Señor Müller",
    "Crème Brûlée Åsgård",
    "Zażółć Gęślą Jaźń",
    "Ελληνική Ταβέρνα Αθηνά",
    "Пекарня «Колосок»",
    "Київська перепічка",
    "東京ラーメン 横丁",
    "北京烤鸭店",
    "서울 식당",
    "مطعم الشام",
    "מסעדת ירושלים",
    "दिल्ली दरबार",
    "Pizza 🍕 Party 🎉",
    "Family 👨‍👩‍👧‍👦 Shop",
    "Zoe\xcc\x88 & Bjo\xcc\x88rn e\xcc\x81te\xcc\x81",
    "ร้านอาหารไทย",
    "Ｆｕｌｌｗｉｄｔｈ",
    "Flag 🇮🇪 Pub",
    "ﬁne ﬂour ½ price",
    "Non\xc2\xa0"
    "breaking\xe2\x80\x8b"
    "space",
};

static const char *const nasty[] = {
    "Clear\x1b[2J\x1b[H Shop",
    "Title \x1b]0;owned\x07 Bar",
    "Tab\tStop",
    "Line\nBreak",
    "Carriage\rReturn",
    "Bell\x07 & Back\x08space",
    "Delete\x7f Me",
    ("C1 \xc2\x9b"
     "31m Red"),
    "Over\xe2\x80\xaeride",
    "  spaces around  ",
    "'; DROP TABLE merchants; --",
    "=1+1",
    "<script>alert(1)</script>",
    "%s%n%d",
};

static const char *const person[] = {
    "Ana Núñez", "Bob Stone", "Chen Wei", "Dmitri Ivanov", "Eve O'Brien", "Fatima al-Sayed",
};

static const char *const reject[] = {
    "Insufficient funds",          "Card reported lost", "Duplicate transaction",
    "Dispute: goods not received", "Expired card",       "Tarjeta rechazada – límite",
};

static const char *const item[] = {
    "PCI fee",      "Terminal rental",       "Manual correction",
    "Bonus \"Q1\"", "Rückerstattung Gebühr", "Statement fee",
};

static const char *const adjustment[] = {
    "CHARGEBACK",
    "CHARGEBACK REVERSAL",
    "FEE",
    "RESERVE",
};

static const char *const group[] = {"East", "West", "Agents – Süd", "Online", "O'Neil & Co"};
static const char *const source[] = {"TSYS", "First Data", "Upload"};
static const char *const processor[] = {"TSYS", "First Data North", "Chase Paymentech", "Elavon",
                                        "Worldpay"};

static const struct {
    const char *const *words;
    size_t n;
} lists[] = {
    [NAMES_PLAIN] = LIST(plain),           [NAMES_WORLD] = LIST(world),
    [NAMES_NASTY] = LIST(nasty),           [NAMES_PERSON] = LIST(person),
    [NAMES_REJECT] = LIST(reject),         [NAMES_ITEM] = LIST(item),
    [NAMES_ADJUSTMENT] = LIST(adjustment), [NAMES_GROUP] = LIST(group),
    [NAMES_SOURCE] = LIST(source),         [NAMES_PROCESSOR] = LIST(processor),
};

const char *names_pick(enum names_list list, uint64_t h)
{
    return lists[list].words[h % lists[list].n];
}
