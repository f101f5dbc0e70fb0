using GifShare.ApiFrontend.Gifs;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// The capacity for uploads in progress through this frontend (<see cref="UploadOptions"/>). Per account, announced bytes count, so that a file that
/// will not fit is refused before it is sent; over all accounts only received bytes count, so that announcing costs others nothing.
/// </summary>
public sealed class UploadRoom(IOptions<UploadOptions> options)
{
    /// <summary>
    /// Bytes that an account may always have in progress, even with its quota used up: only the bytes tell whether the file is stored already, or is the
    /// retry of an idempotent request.
    /// </summary>
    public const long OneFile = GifUploads.MaxBodyBytes;

    private static readonly Error OthersOnTheWay = new(ErrorCode.RateLimited, "Your other uploads are still running; try again when they have arrived.", null, 10);
    private static readonly Error Full = new(ErrorCode.Unavailable, "Too many uploads are running on this server; try again in a moment.", null, 10);
    private static readonly Error NoStorage = new(ErrorCode.QuotaExceeded, "Your storage is too small for this file and your running uploads; delete some uploads first.");

    private readonly Dictionary<UserId, Account> accounts = [];
    private readonly Lock gate = new();
    private long all;

    /// <summary>Bytes of all accounts that have arrived and are not stored yet.</summary>
    public long Arriving
    {
        get
        {
            lock (gate)
                return all;
        }
    }

    /// <summary>Registers one upload of an account; reserves nothing before <see cref="UploadPlace.Announce"/>.</summary>
    /// <param name="storageLeft">Unused bytes of the account's quota; null when the upload does not count against it.</param>
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

/// <summary>The reservation of one upload in the <see cref="UploadRoom"/>, released on disposal.</summary>
public sealed class UploadPlace(UploadRoom room, UserId user, long? storageLeft) : IDisposable
{
    private long announced, arrived;
    private bool isFree;

    /// <summary>Reserves capacity for bytes before they arrive. Returns a refusal, or null.</summary>
    public Error? Announce(long bytes)
    {
        if (room.Announce(user, bytes, storageLeft) is { } refusal)
            return refusal;
        announced += bytes;
        return null;
    }

    /// <summary>Counts received bytes, announced or not. Returns a refusal, or null.</summary>
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
