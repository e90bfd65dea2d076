//! Words that are names, and words with a capital that are none.

/// Given names that many people bear, in lower case and in order.
#[rustfmt::skip]
const GIVEN: &[&str] = &[
    "aaron", "abigail", "adam", "aditya", "adrian", "ahmed", "aisha", "alejandro", "alex", "alexander",
    "alexandra", "alexis", "ali", "alice", "alicia", "alison", "amanda", "amelia", "amina", "amir", "amy",
    "ana", "andre", "andrea", "andrew", "angela", "anita", "ann", "anna", "anne", "annie", "anthony",
    "antonio", "anya", "aria", "arjun", "arthur", "ashley", "ava", "barbara", "beatrice", "becky", "ben",
    "benjamin", "beth", "betty", "beverly", "bill", "bob", "brandon", "brenda", "brian", "bruce", "caleb",
    "camila", "carl", "carla", "carlos", "carmen", "carol", "caroline", "catherine", "charles", "charlie",
    "charlotte", "chen", "chloe", "chris", "christian", "christina", "christine", "christopher", "claire",
    "clara", "colin", "craig", "cynthia", "daisy", "dan", "daniel", "daniela", "danielle", "danny", "dave",
    "david", "deborah", "debra", "denise", "dennis", "diana", "diane", "diego", "dmitri", "donald", "donna",
    "dorothy", "douglas", "dylan", "edith", "edward", "eileen", "elena", "eli", "elias", "elijah",
    "elizabeth", "ella", "ellen", "ellie", "emily", "emma", "eric", "erik", "ethan", "eva", "evan",
    "evelyn", "fatima", "felix", "fiona", "florence", "frances", "francesca", "frank", "fred", "gabriel",
    "gabriela", "gary", "george", "georgia", "gerald", "gloria", "grace", "greg", "gregory", "hanna",
    "hannah", "harold", "harry", "hassan", "heather", "helen", "henry", "hugo", "ian", "ibrahim", "ines",
    "irene", "isaac", "isabel", "isabella", "isla", "ivan", "jack", "jackson", "jacob", "jacqueline",
    "jake", "james", "jamie", "jan", "jane", "janet", "janice", "jason", "javier", "jayden", "jean", "jeff",
    "jeffrey", "jen", "jennifer", "jenny", "jeremy", "jerry", "jess", "jesse", "jessica", "jill", "jim",
    "joan", "joe", "joel", "johanna", "john", "johnny", "jonas", "jonathan", "jordan", "jorge", "jose",
    "joseph", "josh", "joshua", "joyce", "juan", "judith", "judy", "julia", "julian", "julie", "justin",
    "karen", "karl", "kate", "katherine", "kathleen", "kathryn", "katie", "kayla", "keith", "kelly", "ken",
    "kenneth", "kevin", "khalid", "kim", "kimberly", "kofi", "kumar", "kyle", "lars", "laura", "lauren",
    "layla", "lea", "leah", "lena", "leo", "leon", "leonard", "leslie", "liam", "lily", "linda", "lisa",
    "liz", "logan", "louis", "louise", "luca", "lucas", "lucia", "lucy", "luis", "lukas", "luke", "luna",
    "madison", "maja", "marco", "margaret", "maria", "marie", "marilyn", "mario", "mark", "marta", "martha",
    "martin", "mary", "mason", "mateo", "matt", "matthew", "maya", "megan", "mei", "melissa", "mia",
    "michael", "michelle", "miguel", "mike", "mila", "miriam", "mohamed", "mohammed", "molly", "monica",
    "muhammad", "nadia", "nancy", "naomi", "natalie", "nathan", "neil", "nia", "nicholas", "nick", "nicola",
    "nicole", "nina", "noah", "noor", "nora", "oliver", "olivia", "omar", "oscar", "owen", "pablo",
    "pamela", "patricia", "patrick", "paul", "paula", "pauline", "pedro", "peter", "philip", "phillip",
    "pierre", "priya", "rachel", "rafael", "ralph", "raymond", "rebecca", "richard", "rita", "robert",
    "roger", "ronald", "rosa", "rosie", "roy", "russell", "ruth", "ryan", "sabrina", "sally", "sam",
    "samantha", "samuel", "sandra", "sara", "sarah", "scott", "sean", "sebastian", "sharon", "shirley",
    "simon", "sofia", "sonia", "sophia", "sophie", "stella", "stephanie", "stephen", "steve", "steven",
    "stuart", "sue", "susan", "tanya", "teresa", "theo", "theresa", "thomas", "tim", "timothy", "tina",
    "tom", "tony", "tyler", "valentina", "vanessa", "vera", "veronica", "victor", "victoria", "vincent",
    "virginia", "walter", "wei", "wendy", "will", "william", "yara", "yasmin", "yuki", "yusuf", "zachary",
    "zoe", "zoey",
];

/// Words with a capital that stand where a name could stand, in lower case and
/// in order.
#[rustfmt::skip]
const ORDINARY: &[&str] = &[
    "a", "about", "academy", "action", "administration", "advice", "advisory", "advocacy", "advocate",
    "after", "age", "agency", "all", "alliance", "also", "american", "an", "and", "answer", "answers",
    "appointment", "appointments", "april", "are", "as", "ask", "assessment", "assistance", "assistant",
    "association", "at", "august", "be", "before", "board", "british", "but", "by", "call", "can", "cancer",
    "care", "caregiver", "caregivers", "case", "celiac", "center", "centers", "centre", "check", "child",
    "children", "clinic", "clinical", "colitis", "college", "committee", "community", "contact", "could",
    "council", "crohn", "data", "day", "december", "department", "diabetes", "did", "diet", "disease", "do",
    "doctor", "doctors", "does", "down", "each", "education", "emergency", "engagement", "english", "every",
    "experience", "family", "february", "federation", "fee", "feedback", "first", "food", "for", "forum",
    "foundation", "free", "friday", "from", "group", "guidance", "guide", "handbook", "has", "have", "he",
    "health", "healthcare", "help", "helpline", "her", "here", "his", "home", "hospital", "how", "however",
    "i", "if", "in", "information", "institute", "instructions", "is", "it", "january", "journal", "july",
    "june", "keep", "leader", "leaders", "leaflet", "life", "line", "make", "manager", "march", "may",
    "medicaid", "medical", "medicare", "medicine", "monday", "my", "name", "national", "navigator",
    "network", "never", "no", "not", "note", "notes", "november", "number", "nurse", "nurses", "nursing",
    "nutrition", "october", "of", "office", "on", "one", "online", "or", "orders", "organization", "our",
    "out", "page", "parent", "parents", "participation", "partner", "partners", "patient", "patients",
    "people", "person", "plan", "please", "portal", "practice", "practitioner", "practitioners", "program",
    "programme", "project", "protection", "public", "quality", "question", "questions", "read", "registry",
    "report", "reported", "research", "resource", "resources", "rights", "room", "safety", "saturday",
    "says", "school", "see", "september", "service", "services", "she", "should", "so", "society", "some",
    "spanish", "specialist", "staff", "start", "state", "stories", "story", "study", "summary", "sunday",
    "support", "survey", "symptoms", "take", "talk", "team", "teams", "tell", "that", "the", "their",
    "then", "there", "these", "they", "this", "thursday", "to", "today", "tool", "toolkit", "training",
    "treatment", "trust", "tuesday", "union", "unit", "university", "up", "use", "version", "visit",
    "visits", "voice", "voices", "we", "website", "wednesday", "week", "welfare", "were", "what", "when",
    "where", "which", "who", "why", "will", "with", "worker", "workers", "would", "year", "yes", "you",
    "your",
];

/// Whether many people bear the name.
pub fn is_given_name(word: &str) -> bool {
    contains(GIVEN, word)
}

/// Whether the word with its capital is most likely none.
pub fn is_ordinary(word: &str) -> bool {
    contains(ORDINARY, word)
}

fn contains(words: &[&str], word: &str) -> bool {
    let word = word.to_lowercase();
    words.binary_search(&word.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_in_order() {
        for words in [GIVEN, ORDINARY] {
            let wrong = words.windows(2).find(|pair| pair[0] >= pair[1]);
            assert_eq!(wrong, None);
        }
    }
}
