using System.Collections.Frozen;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Username policy: 3 to 30 of a-z 0-9 _ . , first and last a letter or digit, no two dots in a row, no reserved word; stored in lower case.
/// </summary>
internal static class Usernames
{
    /// <summary>Words that the site's paths use or may use, and names that suggest the operator.</summary>
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        "about", "abuse", "access", "account", "accounts", "activity", "admin", "administrator", "admins", "all", "anonymous", "api", "app", "apps",
        "archive", "auth", "avatar", "billing", "blog", "bot", "browse", "bug", "bugs", "c", "careers", "cdn", "check", "close-friends", "collection",
        "collections", "comment", "comments", "community", "contact", "content", "cookies", "copyright", "create", "css", "dashboard", "delete", "deleted",
        "dev", "developer", "developers", "discover", "dmca", "docs", "download", "downloads", "edit", "email", "embed", "error", "everyone", "explore",
        "favicon", "favorites", "favourites", "feed", "feedback", "files", "follow", "followers", "following", "forgot", "forgot_password", "forum", "ftp",
        "gif", "gifs", "gifshare", "giphy", "guest", "health", "help", "home", "host", "hostmaster", "image", "images", "img", "inbox", "index", "info",
        "invite", "invites", "javascript", "js", "json", "klipy", "legal", "library", "like", "likes", "link", "links", "live", "localhost", "login",
        "logout", "mail", "mailer-daemon", "me", "media", "members", "message", "messages", "metrics", "mod", "moderator", "moderators", "mods", "network",
        "new", "news", "newsfeed", "noreply", "notifications", "nobody", "null", "oauth", "oembed", "official", "openapi", "operator", "ops", "owner",
        "page", "pages", "password", "photo", "photos", "policy", "popular", "post", "postmaster", "posts", "press", "privacy", "private", "profile", "public",
        "ready", "register", "remove", "report", "reports", "request", "reset", "reset_password", "restore", "robots", "root", "rss", "s", "sales", "save",
        "search", "security", "server", "session", "sessions", "settings", "setup", "share", "shared", "sign_in", "sign_out", "sign_up", "signin", "signout",
        "signup", "sitemap", "site", "sso", "staff", "static", "stats", "status", "stories", "story", "support", "sys", "sysadmin", "system", "tag", "tags",
        "team", "tenor", "terms", "test_admin", "tos", "trash", "trending", "undefined", "unfollow", "update", "upload", "uploads", "user", "username",
        "users", "v1", "v2", "verified", "verify", "video", "videos", "view", "web", "webmaster", "www", "you");

    /// <summary>The form that is compared and stored.</summary>
    public static string Normalize(string username) => username.Trim().ToLowerInvariant();

    /// <summary>Null when the name is acceptable, otherwise the reason as a sentence.</summary>
    public static string? Refusal(string normalized)
    {
        if (normalized.Length is < 3 or > 30)
            return "It must have 3 to 30 characters.";
        foreach (var c in normalized)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '.'))
                return "It may have letters a to z, digits, underscores and dots.";
        if (!char.IsAsciiLetterOrDigit(normalized[0]) || !char.IsAsciiLetterOrDigit(normalized[^1]))
            return "It must begin and end with a letter or a digit.";
        if (normalized.Contains(".."))
            return "It must not have two dots in a row.";
        return Reserved.Contains(normalized) ? "This name is reserved." : null;
    }
}
