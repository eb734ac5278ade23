"""The words from which the sandbox's catalogue is put together: categories, kinds of product, brands, sellers.

Only data. Brands, sellers and models are invented.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product, which is also a leaf category.

    Args:
        name: what a buyer would type, singular where the language allows it.
        dollars: lowest and highest usual price.
        also: further words under which a search finds it.
    """

    name: str
    dollars: tuple[int, int]
    also: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """A top-level category.

    Args:
        slug: its id in best-seller lists.
        features: phrases for titles.
    """

    slug: str
    name: str
    features: tuple[str, ...]
    kinds: tuple[Kind, ...]


DEPARTMENTS: tuple[Department, ...] = (
    Department(
        "electronics",
        "Electronics",
        ("Bluetooth 5.3", "Noise Cancelling", "40 Hour Battery", "Fast Charging", "USB-C", "Foldable", "Low Latency"),
        (
            Kind("Wireless Headphones", (25, 220), "headset earphones over-ear music"),
            Kind("Wireless Earbuds", (18, 140), "earphones in-ear headphones"),
            Kind("Bluetooth Speaker", (20, 160), "portable audio sound"),
            Kind("Smart Watch", (30, 260), "smartwatch fitness tracker wearable"),
            Kind("Power Bank", (15, 80), "portable charger battery pack"),
            Kind("Webcam", (22, 130), "camera video conference"),
        ),
    ),
    Department(
        "wireless",
        "Cell Phones & Accessories",
        ("Shockproof", "Slim Fit", "MagSafe Compatible", "Anti-Yellowing", "Military Grade", "Scratch Resistant"),
        (
            Kind("Phone Case", (8, 45), "cover smartphone cell"),
            Kind("Screen Protector", (6, 30), "tempered glass phone"),
            Kind("Phone Stand", (9, 40), "holder cradle desk smartphone"),
            Kind("Car Phone Mount", (11, 45), "holder vehicle dashboard"),
            Kind("Wireless Charger", (14, 60), "charging pad station phone"),
            Kind("USB C Cable", (6, 25), "charging cord phone charger"),
        ),
    ),
    Department(
        "computers",
        "Computers & Accessories",
        ("Ergonomic", "RGB Backlit", "Hot Swappable", "Plug and Play", "Silent Click", "Aluminum", "Adjustable"),
        (
            Kind("Mechanical Keyboard", (35, 180), "gaming typing"),
            Kind("Wireless Mouse", (12, 90), "gaming ergonomic computer"),
            Kind("Laptop Stand", (18, 85), "notebook riser holder"),
            Kind("USB Hub", (14, 75), "dock adapter splitter"),
            Kind("Monitor Arm", (28, 150), "desk mount screen"),
            Kind("Laptop Backpack", (25, 110), "bag travel notebook rucksack"),
        ),
    ),
    Department(
        "lighting",
        "Tools & Lighting",
        ("Dimmable", "LED", "Touch Control", "with USB Port", "Eye Caring", "3 Color Modes", "Adjustable Arm"),
        (
            Kind("Desk Lamp", (18, 120), "light reading office table"),
            Kind("Floor Lamp", (35, 190), "light standing living room"),
            Kind("LED Strip Lights", (10, 60), "light tape decoration"),
            Kind("Night Light", (8, 40), "lamp bedroom plug kids"),
            Kind("Cordless Drill", (45, 210), "power tool driver screwdriver"),
            Kind("Tool Set", (25, 170), "kit socket wrench screwdriver household"),
        ),
    ),
    Department(
        "kitchen",
        "Home & Kitchen",
        ("Stainless Steel", "Non-Stick", "Dishwasher Safe", "BPA Free", "Compact", "Easy Clean", "Large Capacity"),
        (
            Kind("Air Fryer", (45, 190), "oven cooker"),
            Kind("Coffee Grinder", (20, 150), "burr mill bean espresso"),
            Kind("Electric Kettle", (22, 90), "tea water boiler"),
            Kind("Chef Knife", (15, 130), "kitchen blade cooking"),
            Kind("Frying Pan", (16, 90), "skillet cookware"),
            Kind("Food Storage Containers", (14, 60), "meal prep box lid"),
        ),
    ),
    Department(
        "home-garden",
        "Home & Garden",
        ("Machine Washable", "Weatherproof", "Breathable", "Extra Soft", "Solar Powered", "Heavy Duty", "Foldable"),
        (
            Kind("Memory Foam Pillow", (20, 90), "bed sleep neck"),
            Kind("Throw Blanket", (15, 70), "fleece couch bed"),
            Kind("Shower Curtain", (12, 45), "bathroom liner"),
            Kind("Garden Hose", (18, 80), "water expandable lawn yard"),
            Kind("Storage Basket", (12, 55), "bin organizer laundry shelf"),
            Kind("Solar Garden Lights", (16, 70), "outdoor lamp path yard"),
        ),
    ),
    Department(
        "sporting-goods",
        "Sports & Outdoors",
        ("Non-Slip", "Extra Thick", "Leak Proof", "Lightweight", "with Carry Strap", "Insulated", "Quick Dry"),
        (
            Kind("Yoga Mat", (14, 95), "exercise fitness pilates gym"),
            Kind("Water Bottle", (10, 50), "insulated flask drink hydration gym"),
            Kind("Resistance Bands", (9, 50), "exercise workout fitness gym"),
            Kind("Camping Tent", (55, 320), "outdoor hiking shelter"),
            Kind("Sleeping Bag", (25, 140), "camping hiking outdoor"),
            Kind("Dumbbell Set", (25, 240), "weights gym workout fitness"),
        ),
    ),
    Department(
        "pet-supplies",
        "Pet Supplies",
        ("Washable", "Chew Resistant", "Orthopedic", "Adjustable", "Reflective", "Odor Control", "Quiet Pump"),
        (
            Kind("Dog Bed", (22, 120), "pet puppy cushion sofa"),
            Kind("Cat Tree", (35, 170), "pet tower scratching post"),
            Kind("Dog Harness", (14, 50), "pet puppy vest leash walking"),
            Kind("Pet Water Fountain", (18, 60), "cat dog drinking dispenser"),
            Kind("Cat Litter Mat", (12, 40), "pet box trapping"),
            Kind("Dog Toys", (8, 35), "pet puppy chew squeaky"),
        ),
    ),
    Department(
        "toys-and-games",
        "Toys & Games",
        ("Educational", "Ages 3 and Up", "Glow in the Dark", "Rechargeable", "Family Game Night", "Gift Box"),
        (
            Kind("Building Blocks", (15, 110), "bricks construction kids toy"),
            Kind("Board Game", (14, 70), "family party strategy kids"),
            Kind("Jigsaw Puzzle", (10, 40), "1000 pieces adults kids"),
            Kind("Remote Control Car", (20, 130), "rc truck toy kids vehicle"),
            Kind("Plush Toy", (9, 50), "stuffed animal doll kids"),
            Kind("Kids Drone", (28, 150), "quadcopter camera toy"),
        ),
    ),
    Department(
        "beauty",
        "Beauty & Personal Care",
        ("Fragrance Free", "Ionic", "for Sensitive Skin", "Travel Size", "Professional", "Cruelty Free", "Waterproof"),
        (
            Kind("Hair Dryer", (22, 180), "blow dryer styling"),
            Kind("Electric Toothbrush", (20, 160), "sonic dental oral"),
            Kind("Beard Trimmer", (18, 95), "shaver clipper men grooming"),
            Kind("Face Moisturizer", (9, 60), "cream skin care lotion"),
            Kind("Makeup Brushes", (8, 55), "cosmetic set foundation"),
            Kind("Massage Gun", (35, 210), "muscle percussion recovery"),
        ),
    ),
    Department(
        "fashion",
        "Clothing, Shoes & Jewelry",
        ("Breathable", "Memory Foam", "Genuine Leather", "RFID Blocking", "Unisex", "Water Resistant", "Classic Fit"),
        (
            Kind("Running Shoes", (30, 150), "sneakers trainers jogging sport"),
            Kind("Leather Wallet", (14, 80), "bifold card holder men purse"),
            Kind("Sunglasses", (11, 120), "polarized shades uv"),
            Kind("Rain Jacket", (28, 160), "coat waterproof hooded"),
            Kind("Crossbody Bag", (16, 95), "purse handbag shoulder"),
            Kind("Wool Socks", (9, 40), "hiking warm winter"),
        ),
    ),
    Department(
        "office-products",
        "Office Products",
        ("Refillable", "Smooth Writing", "Height Adjustable", "Acid Free", "Space Saving", "Magnetic", "Set of 2"),
        (
            Kind("Desk Organizer", (12, 60), "pen holder tidy tray"),
            Kind("Office Chair", (70, 330), "ergonomic desk seat"),
            Kind("Gel Pens", (6, 30), "writing ink colored stationery"),
            Kind("Notebook", (7, 35), "journal dotted lined writing"),
            Kind("Label Maker", (20, 95), "printer sticker"),
            Kind("Whiteboard", (18, 140), "dry erase board"),
        ),
    ),
)

BRANDS: tuple[str, ...] = (
    *("Brightwell", "Nordhaven", "Kestrelo", "Lumafold", "Oakmere", "Tavora", "Zephyrine", "Quillmark", "Pinecrest"),
    *("Solvane", "Merivale", "Hartwick", "Ostrano", "Veloura", "Cindermoor", "Bexley & Rowe", "Fennimore", "Auraline"),
    *("Grovetek", "Halcyra", "Ironbark", "Juniperly", "Kallisto", "Larkspur", "Mosswood", "Novarra", "Orrin"),
    *("Pellucid", "Ravensholm", "Stellano", "Thornbury", "Umbrio", "Vantora", "Wrenfield", "Yarrow", "Zinnovo"),
)

COLOURS: tuple[str, ...] = (
    *("Black", "White", "Navy Blue", "Forest Green", "Rose Gold", "Silver", "Charcoal", "Sand", "Teal", "Red"),
    *("Lavender", "Walnut"),
)

ACCESSORIES: tuple[str, ...] = ("Replacement Parts", "Protective Cover", "Spare Manual", "Carry Case", "Empty Box")

SELLER_FIRST: tuple[str, ...] = (
    *("bargain", "sunny", "global", "prime", "happy", "north", "royal", "quick", "honest", "urban"),
    *("coastal", "little", "golden", "metro", "silver", "green", "family", "direct", "super", "best"),
)

SELLER_LAST: tuple[str, ...] = (
    *("deals", "outlet", "trading", "market", "store", "goods", "supply", "finds", "depot", "shop"),
    *("traders", "warehouse", "corner", "bazaar", "imports", "emporium", "stock", "mart", "house", "world"),
)
