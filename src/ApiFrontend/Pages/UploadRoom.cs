namespace GifShare.ApiFrontend.Pages;

/// <summary>
/// A form with files lies on this machine's disk until all of it has come. How much of it one person may have on the way at a time is
/// limited, since neither the quota nor the store's reserve knows of it.
/// </summary>
public sealed class UploadRoom
{
    /// <summary>Two of the largest forms, or twenty files one by one.</summary>
    public const long BytesPerUser = 500L * 1024 * 1024;

    private readonly Dictionary<UserId, long> taken = [];
    private readonly Lock gate = new();

    public static Error Full { get; } = new(ErrorCode.RateLimited, "Your other files are still on their way; try again when they have arrived.", null, 10);

    /// <summary>Room for a form of so many bytes until it is disposed; null when this person has too much on the way.</summary>
    public IDisposable? Take(UserId user, long bytes)
    {
        lock (gate)
        {
            var all = taken.GetValueOrDefault(user) + bytes;
            if (all > BytesPerUser)
                return null;
            taken[user] = all;
            return new Place(this, user, bytes);
        }
    }

    private void Free(UserId user, long bytes)
    {
        lock (gate)
        {
            if ((taken[user] -= bytes) <= 0)
                taken.Remove(user);
        }
    }

    private sealed class Place(UploadRoom room, UserId user, long bytes) : IDisposable
    {
        private bool isFree;

        public void Dispose()
        {
            if (!isFree)
                room.Free(user, bytes);
            isFree = true;
        }
    }
}
