using System.Globalization;
using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>Lists a user's sessions.</summary>
internal sealed class SessionReader(Cursors cursors, TimeProvider time)
{
    /// <inheritdoc cref="IUserGrain.ListSessions"/>
    public Result<PageOf<Session>> List(UserMemory memory, SessionId current, string? cursor, int limit)
    {
        var purpose = $"sessions/{memory.Id}";
        if (!cursors.TryRead(purpose, cursor, out var position))
            return Cursors.Invalid;
        var now = time.GetUtcNow();
        var page = memory.Sessions.Values.Where(session => session.ExpiresAt > now)
            .Select(session => (Session: session, Position: PositionOf(session)))
            .OrderByDescending(row => row.Position, StringComparer.Ordinal)
            .Where(row => position is null || string.CompareOrdinal(row.Position, position) < 0)
            .Take(limit + 1).ToArray();
        var next = page.Length > limit ? cursors.Protect(purpose, page[limit - 1].Position) : null;
        return new PageOf<Session>([.. page.Take(limit).Select(row => Describe(row.Session))], next);

        Session Describe(UserSession session) => new(
            session.Id, session.CreatedAt, memory.LastUse(session), session.ExpiresAt, session.UserAgent, session.Address, session.Id == current);
    }

    private static string PositionOf(UserSession session) => session.CreatedAt.UtcTicks.ToString("D20", CultureInfo.InvariantCulture) + session.Id;
}
