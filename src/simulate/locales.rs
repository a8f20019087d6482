//! Countries and languages: cities, names, and phone numbers that reach nobody.

/// A country and one of its languages.
pub struct Locale {
    /// Language tag, as browsers send it.
    pub language: &'static str,
    /// Share of customers, compared with the other locales.
    pub share: u32,
    /// Domains of email addresses.
    pub domains: &'static [&'static str],
    /// Currency of prices, and the value of a dollar in it.
    pub currency: (&'static str, f64),
    /// Cities with their time zones.
    pub places: &'static [(&'static str, &'static str)],
    /// Patterns of phone numbers, in which `#` is any digit. There are enough that a million customers need not share the few that are
    /// reserved for fiction: where a country reserves many, these are used; elsewhere no line begins like these, for no zero follows an
    /// area code.
    pub phones: &'static [&'static str],
    /// Given names of women, in their script, with `/` and Latin letters where the script is another.
    pub women: &'static str,
    /// Given names of men, likewise.
    pub men: &'static str,
    /// Family names, with `|` and a second form where those of women differ.
    pub families: &'static str,
}

impl Locale {
    /// Country code of two letters.
    pub fn country(&self) -> &'static str {
        &self.language[3..]
    }
}

/// All locales.
// A table: a locale is read as a whole, and rustfmt would give it twice the lines.
#[rustfmt::skip]
pub const LOCALES: [Locale; 24] = [
    Locale { language: "en-US", share: 15, currency: ("USD", 1.0), domains: &["example.com", "example.net", "example.org"], phones: &["+1 555 0## ####"],
        places: &[("Portland", "America/Los_Angeles"), ("Duluth", "America/Chicago"), ("Albany", "America/New_York"), ("Boulder", "America/Denver"), ("Savannah", "America/New_York")],
        women: "Grace Naomi Hazel Ruth Joanna Claire Imani Leah Marisol Tessa Dorothy Audrey Nadia Renee",
        men: "Marcus Caleb Elliot Theo Desmond Owen Julian Felix Malik Wesley Harold Simon Andre Russell",
        families: "Whitlock Barnes Calloway Ellison Freeman Garrity Hollis Kessler Langford Mercer Oakes Pruitt Redding Sayers Tillman Vance Winslow Yates Abbott Dalton" },
    Locale { language: "en-GB", share: 8, currency: ("GBP", 0.79), domains: &["example.com", "example.co.uk"], phones: &["+44 600 0## ####"],
        places: &[("Leeds", "Europe/London"), ("Bristol", "Europe/London"), ("Glasgow", "Europe/London"), ("Norwich", "Europe/London")],
        women: "Harriet Bronwen Poppy Isla Freya Imogen Rosalind Kirsty Beth Maeve Priti Alison",
        men: "Alasdair Rhys Callum Rupert Hamish Gareth Toby Alfie Duncan Kieran Nigel Imran",
        families: "Ashworth Birtwistle Cartwright Dunmore Fairclough Greaves Hathersage Kirkbride Lockwood Millward Pemberton Rowntree Selwyn Thackeray Wainscott Cadwallader" },
    Locale { language: "en-AU", share: 3, currency: ("AUD", 1.52), domains: &["example.com", "example.com.au"], phones: &["+61 6 00## ####"],
        places: &[("Hobart", "Australia/Hobart"), ("Fremantle", "Australia/Perth"), ("Brisbane", "Australia/Brisbane")],
        women: "Matilda Kirra Bronte Jacinta Tahlia Skye Marlee Edith",
        men: "Lachlan Darcy Jarrah Mitchell Angus Bailey Harvey Cooper",
        families: "Ballantyne Cootes Drysdale Farrier Gillard Haddon Larkin Mullins Noakes Tranter" },
    Locale { language: "en-IN", share: 7, currency: ("INR", 83.0), domains: &["example.com", "example.in", "example.net"], phones: &["+91 11 0### ####"],
        places: &[("Bengaluru", "Asia/Kolkata"), ("Kochi", "Asia/Kolkata"), ("Pune", "Asia/Kolkata"), ("Chennai", "Asia/Kolkata")],
        women: "Ananya Kavya Meera Lakshmi Divya Sneha Aparna Nandini Ishita Revathi Shalini Zoya",
        men: "Arjun Rohan Karthik Vivek Sanjay Nikhil Aditya Harish Farhan Prakash Gautam Suresh",
        families: "Iyer Menon Kulkarni Deshpande Reddy Pillai Banerjee Chaudhuri Bhatt Naidu Fernandes Shetty Qureshi Rao" },
    Locale { language: "hi-IN", share: 4, currency: ("INR", 83.0), domains: &["example.in", "example.com"], phones: &["+91 11 0### ####"],
        places: &[("Jaipur", "Asia/Kolkata"), ("Lucknow", "Asia/Kolkata"), ("Bhopal", "Asia/Kolkata")],
        women: "सुनीता/sunita अंजलि/anjali पूजा/pooja रेखा/rekha कविता/kavita नेहा/neha सीमा/seema गीता/geeta",
        men: "राजेश/rajesh अमित/amit विकास/vikas मनोज/manoj दीपक/deepak सुरेश/suresh अनिल/anil रवि/ravi",
        families: "शर्मा/sharma वर्मा/verma गुप्ता/gupta मिश्रा/mishra तिवारी/tiwari चौहान/chauhan यादव/yadav जोशी/joshi" },
    Locale { language: "es-ES", share: 5, currency: ("EUR", 0.92), domains: &["example.es", "example.com"], phones: &["+34 500 0## ###"],
        places: &[("Zaragoza", "Europe/Madrid"), ("Málaga", "Europe/Madrid"), ("Gijón", "Europe/Madrid"), ("Las Palmas", "Atlantic/Canary")],
        women: "Lucía Inés Marta Begoña Nuria Rocío Elena Pilar Aitana Montserrat",
        men: "Álvaro Íñigo Jordi Rubén Gonzalo Joaquín Andrés Unai Sergio Ramón",
        families: "Iglesias-Prado Cabrera Ortuño Sáez Peñalver Castaño Quintana Urrutia Benítez Muñoz Vidal Aranda Montalbán Núñez" },
    Locale { language: "es-MX", share: 5, currency: ("MXN", 17.0), domains: &["example.mx", "example.com", "example.net"], phones: &["+52 55 0### ####"],
        places: &[("Puebla", "America/Mexico_City"), ("Oaxaca", "America/Mexico_City"), ("Mérida", "America/Merida")],
        women: "Ximena Guadalupe Itzel Renata Fernanda Citlali Mónica Jimena",
        men: "Tomás Emiliano Rodrigo Óscar Leobardo Efraín Gerardo Iván",
        families: "Herrera Zamora Villanueva Cisneros Ibarra Rosales Treviño Ordóñez Escobedo Barragán Cárdenas Solís" },
    Locale { language: "pl-PL", share: 5, currency: ("PLN", 3.9), domains: &["example.pl", "example.com"], phones: &["+48 100 0## ###"],
        places: &[("Kraków", "Europe/Warsaw"), ("Gdańsk", "Europe/Warsaw"), ("Łódź", "Europe/Warsaw")],
        women: "Łucja Zofia Hanna Małgorzata Agnieszka Wiktoria Bożena Jagoda Kinga Elżbieta",
        men: "Krzysztof Łukasz Wojciech Grzegorz Stanisław Jędrzej Michał Kacper Bartłomiej Paweł",
        families: "Zieliński|Zielińska Wójcicki|Wójcicka Dąbrowski|Dąbrowska Kozłowski|Kozłowska Szczepański|Szczepańska Wrona Gołąb Mazurek Pietrzak Jabłoński|Jabłońska Ćwikła Żuraw" },
    Locale { language: "ja-JP", share: 6, currency: ("JPY", 150.0), domains: &["example.jp", "example.co.jp", "example.com"], phones: &["+81 90 0### ####"],
        places: &[("Osaka", "Asia/Tokyo"), ("Sendai", "Asia/Tokyo"), ("Fukuoka", "Asia/Tokyo"), ("Sapporo", "Asia/Tokyo")],
        women: "美咲/misaki 葵/aoi 陽菜/hina 結衣/yui 直美/naomi 由美子/yumiko さくら/sakura 千尋/chihiro 恵/megumi 真理/mari",
        men: "直樹/naoki 健太/kenta 翔/sho 大輔/daisuke 誠/makoto 隆/takashi 悠斗/yuto 拓海/takumi 浩/hiroshi 純/jun",
        families: "渡辺/watanabe 林/hayashi 斎藤/saito 石川/ishikawa 藤井/fujii 岡田/okada 森田/morita 長谷川/hasegawa 上野/ueno 松本/matsumoto 清水/shimizu 原田/harada" },
    Locale { language: "ko-KR", share: 4, currency: ("KRW", 1350.0), domains: &["example.kr", "example.com"], phones: &["+82 10 0### ####"],
        places: &[("Busan", "Asia/Seoul"), ("Daegu", "Asia/Seoul"), ("Jeonju", "Asia/Seoul")],
        women: "서연/seoyeon 지우/jiwoo 하은/haeun 수빈/subin 은지/eunji 미경/migyeong 유진/yujin 다현/dahyun",
        men: "민준/minjun 도윤/doyun 현우/hyunwoo 지훈/jihoon 성민/seongmin 태양/taeyang 준호/junho 동현/donghyun",
        families: "김/kim 이/lee 박/park 최/choi 정/jung 강/kang 윤/yoon 임/lim 한/han 오/oh" },
    Locale { language: "zh-CN", share: 4, currency: ("CNY", 7.2), domains: &["example.cn", "example.com"], phones: &["+86 10 0### ####"],
        places: &[("Chengdu", "Asia/Shanghai"), ("Hangzhou", "Asia/Shanghai"), ("Xi’an", "Asia/Shanghai")],
        women: "晓燕/xiaoyan 丽华/lihua 静/jing 雨桐/yutong 思琪/siqi 秀英/xiuying 梦洁/mengjie 文/wen",
        men: "建国/jianguo 浩然/haoran 志强/zhiqiang 俊杰/junjie 伟/wei 明/ming 子轩/zixuan 磊/lei",
        families: "王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 赵/zhao 黄/huang 周/zhou 吴/wu" },
    Locale { language: "zh-TW", share: 2, currency: ("TWD", 32.0), domains: &["example.tw", "example.com"], phones: &["+886 2 0### ####"],
        places: &[("Tainan", "Asia/Taipei"), ("Taichung", "Asia/Taipei")],
        women: "怡君/yijun 雅婷/yating 淑芬/shufen 佳穎/jiaying 詩涵/shihan",
        men: "家豪/jiahao 志明/zhiming 冠宇/guanyu 宗翰/zonghan 俊宏/junhong",
        families: "蔡/tsai 許/hsu 鄭/cheng 謝/hsieh 郭/kuo 賴/lai 葉/yeh 廖/liao" },
    Locale { language: "ar-EG", share: 4, currency: ("EGP", 48.0), domains: &["example.eg", "example.com"], phones: &["+20 2 0### ####"],
        places: &[("Alexandria", "Africa/Cairo"), ("Giza", "Africa/Cairo"), ("Aswan", "Africa/Cairo")],
        women: "ليلى/layla نورهان/nourhan فاطمة/fatma هدى/hoda سلمى/salma ياسمين/yasmin مريم/mariam دينا/dina",
        men: "أحمد/ahmed محمود/mahmoud خالد/khaled طارق/tarek عمر/omar حسام/hossam كريم/karim سامي/samy",
        families: "فاروق/farouk منصور/mansour البدري/elbadry شاهين/shahin رزق/rizk الشناوي/elshenawy غانم/ghanem نصار/nassar" },
    Locale { language: "ar-AE", share: 2, currency: ("AED", 3.67), domains: &["example.ae", "example.com"], phones: &["+971 4 0## ####"],
        places: &[("Sharjah", "Asia/Dubai"), ("Al Ain", "Asia/Dubai")],
        women: "عائشة/aisha شمسة/shamsa موزة/moza لطيفة/latifa نوال/nawal",
        men: "سلطان/sultan راشد/rashid ماجد/majid يوسف/yousef فيصل/faisal",
        families: "السويدي/alsuwaidi الكعبي/alkaabi الظاهري/aldhaheri المزروعي/almazrouei الشامسي/alshamsi" },
    Locale { language: "uk-UA", share: 3, currency: ("UAH", 40.0), domains: &["example.com", "example.net", "example.org"], phones: &["+380 44 0## ####"],
        places: &[("Lviv", "Europe/Kyiv"), ("Poltava", "Europe/Kyiv"), ("Odesa", "Europe/Kyiv")],
        women: "Оксана/oksana Олена/olena Ірина/iryna Софія/sofiia Наталія/nataliia Дарина/daryna Уляна/uliana Зоряна/zoriana",
        men: "Андрій/andrii Богдан/bohdan Тарас/taras Олексій/oleksii Юрій/yurii Максим/maksym Ігор/ihor Остап/ostap",
        families: "Коваленко/kovalenko Бондаренко/bondarenko Ткачук/tkachuk Мельник/melnyk Шевчук/shevchuk Савченко/savchenko Гриценко/hrytsenko Поліщук/polishchuk" },
    Locale { language: "tr-TR", share: 3, currency: ("TRY", 34.0), domains: &["example.com", "example.com.tr"], phones: &["+90 212 0## ## ##"],
        places: &[("İzmir", "Europe/Istanbul"), ("Bursa", "Europe/Istanbul"), ("Trabzon", "Europe/Istanbul")],
        women: "Ayşe Zeynep Elif Gülşen Çiğdem Nilüfer Defne Işıl",
        men: "Mert Yiğit Ömer Çağrı Emre Kaan Şükrü İlker",
        families: "Yıldırım Öztürk Çelik Koç Aydoğan Kılıç Güneş Taşkın Korkmaz Erdoğmuş" },
    Locale { language: "sv-SE", share: 4, currency: ("SEK", 10.5), domains: &["example.se", "example.com"], phones: &["+46 8 0## ### ##"],
        places: &[("Göteborg", "Europe/Stockholm"), ("Umeå", "Europe/Stockholm"), ("Malmö", "Europe/Stockholm")],
        women: "Elin Åsa Märta Linnéa Saga Ingrid Tove Sigrid",
        men: "Björn Göran Måns Albin Östen Nils Viggo Håkan",
        families: "Sandström Åkesson Lindqvist Öberg Norrby Hellström Wikander Fägersten Rosén Blomgren" },
    Locale { language: "de-DE", share: 7, currency: ("EUR", 0.92), domains: &["example.de", "example.com", "example.net"], phones: &["+49 30 0### ####"],
        places: &[("Leipzig", "Europe/Berlin"), ("Köln", "Europe/Berlin"), ("Freiburg", "Europe/Berlin"), ("Rostock", "Europe/Berlin")],
        women: "Annegret Jörna Käthe Svenja Ulrike Lieselotte Mareike Franziska Antje Büşra",
        men: "Jürgen Matthias Sören Bernd Götz Lennart Torsten Emil Cem Rüdiger",
        families: "Groß Müllenbach Schönfelder Weiß Krähenbühl Bräuer Hoffstätter Lüdtke Petersen Kästner Vogelsang Zöllner" },
    Locale { language: "fr-FR", share: 5, currency: ("EUR", 0.92), domains: &["example.fr", "example.com"],
        phones: &["+33 1 99 00 ## ##", "+33 2 61 91 ## ##", "+33 3 53 01 ## ##", "+33 4 65 71 ## ##", "+33 5 36 49 ## ##", "+33 6 39 98 ## ##"],
        places: &[("Nantes", "Europe/Paris"), ("Lyon", "Europe/Paris"), ("Strasbourg", "Europe/Paris"), ("Saint-Denis", "Indian/Reunion")],
        women: "Hélène Maëlle Zoé Anaïs Élodie Clémence Françoise Inès Solène Aminata",
        men: "Loïc François Rémi Hervé Théo Gaël Jérôme Étienne Bastien Mamadou",
        families: "Beauchêne Lefèvre Delaunay Garçon Thibault Marchais Roussel-Vigne Perrin Gauthier Noël Diallo Chevreul" },
    Locale { language: "pt-PT", share: 2, currency: ("EUR", 0.92), domains: &["example.pt", "example.com"], phones: &["+351 200 0## ###"],
        places: &[("Porto", "Europe/Lisbon"), ("Évora", "Europe/Lisbon"), ("Ponta Delgada", "Atlantic/Azores")],
        women: "Leonor Conceição Beatriz Mafalda Graça",
        men: "Tiago João Simão Vasco Gonçalo",
        families: "Valadares Leitão Falcão Mourão Sequeira Brandão" },
    Locale { language: "pt-BR", share: 5, currency: ("BRL", 5.1), domains: &["example.com.br", "example.com"], phones: &["+55 11 0### ####"],
        places: &[("Recife", "America/Recife"), ("Curitiba", "America/Sao_Paulo"), ("Manaus", "America/Manaus")],
        women: "Luíza Camila Débora Yasmin Thaís Lívia Antônia Jussara",
        men: "Caio Otávio Murilo Davi Wellington Raí Estêvão Gilberto",
        families: "Assunção Tavares Nogueira Bittencourt Galvão Moraes Araújo Pimentel Siqueira Farias" },
    Locale { language: "vi-VN", share: 3, currency: ("VND", 25_000.0), domains: &["example.vn", "example.com"], phones: &["+84 24 0### ####"],
        places: &[("Đà Nẵng", "Asia/Ho_Chi_Minh"), ("Huế", "Asia/Ho_Chi_Minh"), ("Hà Nội", "Asia/Ho_Chi_Minh")],
        women: "Lan Hương Thảo Ngọc Ánh Thủy Quỳnh Mai",
        men: "Đức Tuấn Hùng Phúc Khải Bảo Thắng Dũng",
        families: "Nguyễn Trần Lê Phạm Hoàng Phan Đặng Bùi Đỗ" },
    Locale { language: "yo-NG", share: 3, currency: ("NGN", 1500.0), domains: &["example.ng", "example.com"], phones: &["+234 100 0## ####"],
        places: &[("Ìbàdàn", "Africa/Lagos"), ("Abẹ́òkúta", "Africa/Lagos"), ("Lagos", "Africa/Lagos")],
        women: "Adéọlá Fọláṣadé Títílayọ̀ Yétúndé Ọmọ́táyọ̀ Bùkọ́lá Ṣadé Morẹ́nikẹ́",
        men: "Olúwaṣeun Babájídé Adéwálé Túndé Káyọ̀dé Fẹ́mi Ṣẹ́gun Démọ́lá",
        families: "Oyèláràn Adébáyọ̀ Ọláníyan Akínwándé Ògúnbíyí Adéyẹmí Olátúnjí Bánkọ́lé" },
    Locale { language: "el-GR", share: 2, currency: ("EUR", 0.92), domains: &["example.gr", "example.com"], phones: &["+30 210 0## ####"],
        places: &[("Thessaloniki", "Europe/Athens"), ("Chania", "Europe/Athens")],
        women: "Ελένη/eleni Κατερίνα/katerina Μαρία/maria Δέσποινα/despina Ιωάννα/ioanna",
        men: "Γιώργος/giorgos Νίκος/nikos Δημήτρης/dimitris Σταύρος/stavros Θανάσης/thanasis",
        families: "Παπαδάκης|Παπαδάκη/papadakis Καραγιάννης|Καραγιάννη/karagiannis Οικονόμου/oikonomou Βλάχος|Βλάχου/vlachos Ζερβός|Ζερβού/zervos" },
];

/// A name in its script and in Latin letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// As the customer writes it.
    pub shown: String,
    /// For email addresses: lower-case Latin letters.
    pub latin: String,
}

impl Written {
    /// Parses one word of the tables above.
    pub fn read(word: &str, is_woman: bool) -> Self {
        let (forms, latin) = word.split_once('/').unwrap_or((word, word));
        let form = |text: &str| match text.split_once('|') {
            Some((_, woman)) if is_woman => woman.to_owned(),
            Some((man, _)) => man.to_owned(),
            None => text.to_owned(),
        };
        let latin = crate::text::fold(&form(latin)).chars().filter(char::is_ascii_alphanumeric).collect();
        Self { shown: form(forms), latin }
    }
}
