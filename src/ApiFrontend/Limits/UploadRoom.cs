using GifShare.ApiFrontend.Gifs;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// What is on its way into the store through this frontend (<see cref="UploadOptions"/>). Of one account counts what was announced, so that a file that
/// will not fit is refused before it is sent; of all together only what has come, so that announcing costs others nothing.
/// </summary>
public sealed class UploadRoom(IOptions<UploadOptions> options)
{
    /// <summary>
    /// May be on the way even where the quota is used up, as the only one: whether it is a file that is there already, or one whose answer an
    /// Idempotency-Key remembers, only its bytes tell.
    /// </summary>
    public const long OneFile = GifUploads.MaxBodyBytes;

    private static readonly Error OthersOnTheWay = new(ErrorCode.RateLimited, "Your other uploads are still running; try again when they have arrived.", null, 10);
    private static readonly Error Full = new(ErrorCode.Unavailable, "Too many uploads are running on this server; try again in a moment.", null, 10);
    private static readonly Error NoStorage = new(ErrorCode.QuotaExceeded, "Your storage is too small for this file and your running uploads; delete some uploads first.");

    private readonly Dictionary<UserId, Account> accounts = [];
    private readonly Lock gate = new();
    private long all;

    /// <summary>A place for one body of an account; it takes nothing before <see cref="UploadPlace.Announce"/>.</summary>
    /// <param name="storageLeft">Bytes of the account's quota that are not used; null for what does not count against it.</param>
    public UploadPlace Open(UserId user, long? storageLeft) => new(this, user, storageLeft);

    internal Error? Announce(UserId user, long bytes, long? storageLeft)
    {
        lock (gate)
        {
            var account = accounts.GetValueOrDefault(user);
            var announced = (account?.Announced ?? 0) + bytes;
            if (announced > Math.Max(storageLeft ?? long.MaxValue, OneFile))
                return NoStorage;
            if (announced > options.Value.MaxBytesPerUser)
                return announced == bytes ? BodyLimits.TooLarge : OthersOnTheWay;
            (account ?? (accounts[user] = new())).Announced = announced;
            return null;
        }
    }

    internal Error? Arrived(UserId user, long bytes)
    {
        lock (gate)
        {
            var account = accounts[user];
            if (account.Arrived + bytes > options.Value.MaxBytes - all - bytes)
                return Full;
            account.Arrived += bytes;
            all += bytes;
            return null;
        }
    }

    internal void Free(UserId user, long announced, long arrived)
    {
        lock (gate)
        {
            var account = accounts[user];
            all -= arrived;
            account.Arrived -= arrived;
            if ((account.Announced -= announced) == 0)
                accounts.Remove(user);
        }
    }

    private sealed class Account
    {
        public long Announced { get; set; }
        public long Arrived { get; set; }
    }
}

/// <summary>What one body takes of the <see cref="UploadRoom"/> until this is disposed.</summary>
public sealed class UploadPlace(UploadRoom room, UserId user, long? storageLeft) : IDisposable
{
    private long announced, arrived;
    private bool isFree;

    /// <summary>Takes room for so many bytes before they come. The answer is a refusal, or null.</summary>
    public Error? Announce(long bytes)
    {
        if (room.Announce(user, bytes, storageLeft) is { } refusal)
            return refusal;
        announced += bytes;
        return null;
    }

    /// <summary>Counts bytes that have come, announced or not. The answer is a refusal, or null.</summary>
    public Error? Arrive(long bytes)
    {
        ObjectDisposedException.ThrowIf(isFree, this);
        if (arrived + bytes > announced && Announce(arrived + bytes - announced) is { } refusal)
            return refusal;
        if (room.Arrived(user, bytes) is { } full)
            return full;
        arrived += bytes;
        return null;
    }

    public void Dispose()
    {
        if (!isFree && announced > 0)
            room.Free(user, announced, arrived);
        isFree = true;
    }
}
