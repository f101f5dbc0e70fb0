using System.Collections.Frozen;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Password policy: 10 to 256 characters, and not a common password. Common are: the words and keyboard rows below, taken from well-known lists of
/// leaked passwords, also capitalized, with the usual substitutions (@ for a, 0 for o, …), surrounded by digits and symbols, repeated or reversed;
/// sequences such as abcdefghij; fewer than four different characters; and the user's own name, username or email.
/// </summary>
internal static class Passwords
{
    private const int Min = 10, Max = 256;

    /// <summary>
    /// The form that is hashed: NFC, so that every keyboard gives the same password; nothing is trimmed. Null when the text has lone surrogates or
    /// control characters, or is far too long.
    /// </summary>
    public static string? Normalize(string password)
    {
        for (var i = 0; i < password.Length; i++)
        {
            if (password[i] < ' ')
                return null;
            if (char.IsHighSurrogate(password[i]) && i + 1 < password.Length && char.IsLowSurrogate(password[i + 1]))
                i++;
            else if (char.IsSurrogate(password[i]))
                return null;
        }

        // Far beyond the limit, so it cannot match an accepted password.
        return password.Length > 4 * Max ? null : Nfc.Normalize(password);
    }

    /// <summary>Null when the password is acceptable, otherwise the reason as a sentence.</summary>
    public static string? Refusal(string password, params ReadOnlySpan<string> personal)
    {
        if (Normalize(password) is not { } text)
            return "It has characters that are not allowed, or is too long.";
        if (RequestValidator.CodePoints(text) is < Min or > Max)
            return $"It must have {Min} to {Max} characters.";
        var lower = text.ToLowerInvariant();
        foreach (var own in personal)
            if (own.Length > 0 && (text.Equals(own, StringComparison.OrdinalIgnoreCase) || Core(text).Equals(own, StringComparison.OrdinalIgnoreCase)))
                return "It must not be your name, username or email.";
        return IsCommon(lower) ? "It is too common; take another, such as four unrelated words." : null;
    }

    private static bool IsCommon(string lower)
    {
        if (lower.Distinct().Count() < 4 || IsRun(lower))
            return true;
        return IsListed(lower) || IsListed(Halved(lower));
    }

    private static bool IsListed(string lower)
    {
        if (Common.Contains(lower))
            return true;
        var core = Core(lower);
        if (core.Length == 0)
            return IsDigitWalk(lower);
        return Common.Contains(core) || Common.Contains(Unleet(core)) || Common.Contains(Core(Unleet(lower)))
            || Common.Contains(new string([.. core.Reverse()]));
    }

    /// <summary>The text without leading and trailing digits and symbols.</summary>
    private static string Core(string text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && !char.IsLetter(text[start]))
            start++;
        while (end > start && !char.IsLetter(text[end - 1]))
            end--;
        return text[start..end];
    }

    private static string Unleet(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = source[i] switch { '@' or '4' => 'a', '0' => 'o', '1' or '!' => 'i', '3' => 'e', '$' or '5' => 's', '7' => 't', var c => c };
    });

    /// <summary>The shortest unit that the text repeats, else the text.</summary>
    private static string Halved(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
            if (text.Length % length == 0 && IsPeriodic(text, length))
                return text[..length];
        return text;
    }

    private static bool IsPeriodic(string text, int length)
    {
        for (var i = length; i < text.Length; i++)
            if (text[i] != text[i - length])
                return false;
        return true;
    }

    /// <summary>Whether the characters are consecutive, all ascending, all descending or all equal; 0 follows 9.</summary>
    private static bool IsRun(string text)
    {
        var step = text[1] - text[0];
        if (step is < -1 or > 1)
            return false;
        for (var i = 1; i < text.Length; i++)
            if (text[i] - text[i - 1] != step && !(text[i] == '0' && text[i - 1] == '9' && step == 1))
                return false;
        return true;
    }

    private static bool IsDigitWalk(string text)
    {
        var digits = new string([.. text.Where(char.IsAsciiDigit)]);
        return digits.Length > 1 && ("12345678901234567890".Contains(digits) || "09876543210987654321".Contains(digits)
            || "11223344556677889900".Contains(digits) || "147258369147258369".Contains(digits) || "789456123789456123".Contains(digits)
            || "123123123123".Contains(digits) || "31415926535897932384626433832795".Contains(digits));
    }

    private static readonly FrozenSet<string> Common = FrozenSet.Create(
        "password", "passwort", "passwd", "passw", "pass", "passpass", "passphrase", "mypassword", "newpassword", "yourpassword", "thepassword",
        "password1password", "passwordpassword", "secret", "topsecret", "mysecret", "letmein", "letmeinnow", "welcome", "welcomeback", "welcometo",
        "changeme", "changemenow", "change", "default", "admin", "administrator", "adminadmin", "root", "rootroot", "toor", "superuser", "superman",
        "supersecret", "user", "username", "guest", "test", "testing", "tester", "testtest", "testpassword", "login", "loginlogin", "access", "master",
        "masterkey", "computer", "internet", "server", "service", "system", "oracle", "mysql", "postgres", "windows", "microsoft", "apple", "iphone",
        "samsung", "android", "google", "facebook", "instagram", "youtube", "twitter", "linkedin", "myspace", "hotmail", "gmail", "yahoo", "giphy",
        "gifshare", "tenor", "qwerty", "qwertyui", "qwertyuio", "qwertyuiop", "qwertyqwerty", "qwertz", "qwertzuiop", "qwertyasdf", "azerty", "azertyuiop",
        "asdf", "asdfgh", "asdfghj", "asdfghjk", "asdfghjkl", "asdfasdf", "asdfqwer", "asdfjkl", "zxcv", "zxcvbn", "zxcvbnm", "zxcvbnmasdf", "qazwsx",
        "qazwsxedc", "qazwsxedcrfv", "wsxedc", "qweasd", "qweasdzxc", "qweasdyxc", "qwe", "qweqwe", "asd", "asdasd", "asdasdasd", "zxc", "zxczxc",
        "1q2w3e", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx", "1qaz2wsx3edc", "1qazxsw2", "q1w2e3", "q1w2e3r4", "q1w2e3r4t5", "q1w2e3r4t5y6",
        "a1b2c3", "a1b2c3d4", "a1b2c3d4e5", "1a2b3c4d5e", "1q2w3e4r5t6y7u", "zaq12wsx", "zaq1xsw2", "zaq1zaq1", "poiuytrewq", "lkjhgfdsa", "mnbvcxz",
        "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghij", "abcabc", "abcabcabc", "aaaaaa", "iloveyou", "iloveu",
        "iloveme", "iloveyousomuch", "ihateyou", "loveyou", "lovelove", "lovely", "loveme", "love", "lover", "truelove", "mylove", "babygirl", "babyboy",
        "baby", "princess", "prince", "princesa", "angel", "angels", "queen", "king", "sunshine", "moonlight", "starlight", "flower", "flowers", "rainbow",
        "butterfly", "butterflies", "unicorn", "dragon", "dragonball", "monkey", "monkeys", "donkey", "tiger", "tigers", "lion", "eagle", "eagles",
        "panther", "falcon", "dolphin", "dolphins", "kitty", "hellokitty", "kitten", "puppy", "doggy", "cookie", "cookies", "chocolate", "vanilla", "banana",
        "bananas", "orange", "cherry", "strawberry", "blueberry", "peanut", "butter", "cheese", "cheesecake", "pepper", "sugar", "honey", "coffee", "football",
        "footballer", "baseball", "basketball", "soccer", "hockey", "volleyball", "softball", "tennis", "golfer", "cricket", "chelsea", "chelseafc", "arsenal",
        "liverpool", "liverpoolfc", "manchester", "manunited", "manchesterunited", "barcelona", "realmadrid", "juventus", "bayern", "yankees", "cowboys",
        "steelers", "lakers", "rangers", "packers", "redsox", "batman", "spiderman", "ironman", "wolverine", "starwars", "startrek", "pokemon", "pikachu",
        "naruto", "minecraft", "fortnite", "roblox", "counterstrike", "warcraft", "worldofwarcraft", "starcraft", "playstation", "nintendo", "mario", "zelda",
        "matrix", "hacker", "hackers", "trustno", "trustnoone", "trustnobody", "nothing", "something", "anything", "whatever", "whatsup", "nopassword",
        "nothanks", "forever", "foreverlove", "forgot", "forgotten", "remember", "hello", "hellohello", "helloworld", "hellothere", "goodbye", "goodluck",
        "lucky", "happy", "happyday", "smile", "smiley", "freedom", "peace", "heaven", "jesus", "jesuschrist", "christ", "iloveg", "ilovejesus", "ilovegod",
        "blessed", "faith", "church", "summer", "winter", "spring", "autumn", "january", "february", "march", "april", "june", "july", "august", "september",
        "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "michael", "michelle", "jennifer",
        "jessica", "jordan", "joshua", "daniel", "danielle", "andrew", "anthony", "matthew", "nicholas", "nicole", "robert", "thomas", "william", "charlie",
        "charles", "george", "maggie", "ashley", "amanda", "hannah", "samantha", "stephanie", "elizabeth", "alexander", "alexandra", "christian",
        "christopher", "christina", "benjamin", "brandon", "jonathan", "patrick", "richard", "sebastian", "veronica", "victoria", "vanessa", "natasha",
        "patricia", "gabriel", "gabriela", "isabella", "catherine", "mercedes", "ferrari", "porsche", "corvette", "mustang", "harley", "yamaha", "toyota",
        "america", "american", "england", "germany", "deutschland", "france", "australia", "argentina", "california", "florida", "texas", "newyork",
        "newyorkcity", "london", "paris", "berlin", "hamburg", "chicago", "boston", "dallas", "madrid", "scorpion", "thunder", "lightning", "hurricane",
        "phoenix", "diamond", "diamonds", "silver", "golden", "platinum", "shadow", "shadows", "ninja", "samurai", "pirate", "pirates", "killer", "hunter",
        "ranger", "soldier", "warrior", "warriors", "assassin", "blackjack", "casino", "poker", "metallica", "slipknot", "nirvana", "eminem", "beatles",
        "guitar", "music", "musica", "rockstar", "rocknroll", "family", "familia", "mother", "father", "brother", "sister", "friend", "friends", "bestfriend",
        "boyfriend", "girlfriend", "daddy", "mommy", "teamo", "teamomucho", "tequiero", "tequieromucho", "contrasena", "contrasenya", "motdepasse", "wachtwoord",
        "geheim", "hallo", "hallohallo", "hallowelt", "schatz", "passwort1", "parola", "senha", "haslo", "salasana", "lozinka", "jelszo", "sifre", "bonjour",
        "soleil", "doudou", "loulou", "marseille", "fuckyou", "fuckoff", "fuckme", "asshole", "bullshit", "pussy", "sexy", "sexygirl", "letmesee", "opensesame",
        "sesame", "abracadabra", "correcthorsebatterystaple", "correct horse battery staple", "correct-horse-battery-staple", "thisisapassword",
        "thisismypassword", "mypasswordis", "whatismypassword", "thequickbrownfox", "quickbrownfox", "loremipsum", "lorem ipsum", "foobar", "foobarbaz",
        "example", "sample", "temp", "temporary", "temppass", "public", "private", "company", "office", "business", "manager", "student", "teacher",
        "school", "college", "university", "security", "security1", "p@ssw0rd", "passw0rd", "pa55word", "pa$$word", "qwerty123", "qwe123qwe", "asd123asd",
        "abc123abc", "aa123456", "a123456789", "zxcvbnm123", "147258369", "159357", "741852963", "789456123", "987654321", "0987654321", "1234567890",
        "12345678910", "123456789a", "1111111111", "123321", "1234554321", "12344321", "1029384756", "121212", "112233445566", "1122334455", "102030405060");
}
